import type Database from 'better-sqlite3';

/** A database that only prepares. */
export type Statements = Pick<Database.Database, 'prepare'>;

/**
 * Prepares every text once: a turn of the agent runs about thirty statements, and to prepare one takes longer than to run
 * it. A text is to be used in one way only, as `pluck` stays with the statement.
 */
export function keptStatements(db: Database.Database): Statements {
  const kept = new Map<string, Database.Statement>();
  const prepare = (text: string): Database.Statement => {
    const known = kept.get(text) ?? db.prepare(text);
    kept.set(text, known);
    return known;
  };
  return new Proxy<Statements>(db, { get: () => prepare });
}
