/** One error of the catalogue. */
export interface CatalogueEntry {
  /** HTTP status the error answers with. */
  readonly status: number;
  /** What happened, without a final full stop; `{name}` is filled from the error's data. */
  readonly what: string;
  /** What the reader should do next, without a final full stop; may be empty. */
  readonly hint: string;
}
