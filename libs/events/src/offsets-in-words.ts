/**
 * Offsets of a partition as people read them: `4 to 11`, both of them in; `4` where it is one; `none`.
 * @param from first offset
 * @param to offset after the last, as everywhere in code and tables
 */
export function offsetsInWords(
  from: number,
  to: number,
  shown: (n: number) => string = String,
): string {
  if (to <= from) return 'none';
  return to === from + 1 ? shown(from) : `${shown(from)} to ${shown(to - 1)}`;
}
