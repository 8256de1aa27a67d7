/** `1 caller`, `2,000 callers` */
export function counted(n: number, noun: string, plural = `${noun}s`): string {
  return `${n.toLocaleString('en-US')} ${n === 1 ? noun : plural}`;
}

/** `2026-11-24 12:00 UTC`. @param time as it stands in a row */
export function moment(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`;
}

/** Said before a conclusion that rests on less than everything. */
export const NOT_ALL_IN = 'Not everything that has arrived is in, so this may be too little: ';
