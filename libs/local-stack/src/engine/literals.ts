/** A string literal of ClickHouse SQL. The backslash goes first: `\'` would otherwise end the string early. */
export function stringLiteral(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** A name in backquotes, whatever it contains. */
export function quotedName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

export const isPlainName = (name: string): boolean => /^[A-Za-z_]\w*$/.test(name);
