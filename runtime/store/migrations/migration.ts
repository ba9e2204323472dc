/** One numbered step of a database's shape. Once released its text never changes: a checksum is recorded. */
export interface Migration {
  /** 1, 2, 3 … without gaps. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}
