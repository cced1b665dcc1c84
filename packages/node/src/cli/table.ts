/** Aligned columns of text. */

/** Rows as lines; columns of numbers are aligned to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const columns = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const widths = Array.from({ length: columns }, (_, column) =>
    rows.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0),
  );
  const numeric = widths.map((_, column) => rows.every((row) => /^[-+]?[\d.]+( ?%)?$|^$/.test(row[column] ?? '')));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        numeric[column] ? cell.padStart(widths[column] as number) : cell.padEnd(widths[column] as number),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** A share as a percentage with one digit: `97.7 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
