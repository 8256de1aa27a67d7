/** `; did you mean "limitDays"?` where one of the names is near, else nothing. */
export function nearest(text: string, names: readonly string[]): string {
  const found = names
    .map((name) => ({ name, steps: distance(text.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.steps - b.steps)[0];
  const most = Math.max(2, Math.floor(text.length / 3));
  return found === undefined || found.steps > most ? '' : `; did you mean "${found.name}"?`;
}

/** Characters to add, remove or change (Levenshtein). */
function distance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (before[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, (before[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    before = row;
  }
  return before[b.length] ?? 0;
}
