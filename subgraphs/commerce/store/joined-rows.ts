/** Columns by the names that a row type has them under. */
export type Columns<Row> = Readonly<Record<keyof Row & string, string>>;

/** A row of several tables; its columns are named `<table>.<name>`. */
export type JoinedRow = Readonly<Record<string, unknown>>;

/** SQL that selects a table's columns, each as `<table>.<name>`. */
export function selectColumns<Row>(table: string, columns: Columns<Row>): string {
  return Object.entries(columns)
    .map(([name, column]) => `${table}.${column} AS "${table}.${name}"`)
    .join(", ");
}

/** One table's part of a joined row. */
export function rowOf<Row>(table: string, columns: Columns<Row>, joined: JoinedRow): Row {
  return Object.fromEntries(Object.keys(columns).map((name) => [name, joined[`${table}.${name}`]])) as Row;
}
