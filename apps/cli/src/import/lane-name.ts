/** The longest name of a lane that an event may carry. */
const MAX_LENGTH = 128;

/** Name of an import where none is given: its source and the name of its first file, without endings. */
export function laneName(source: string, file: string): string {
  const name = file
    .replace(/^.*[/\\]/, '')
    .replace(/(\.(jsonl?|ndjson|log|txt|gz))+$/i, '')
    .replace(/[^\w.-]+/g, '-');
  return `${source}-${name}`.slice(0, MAX_LENGTH);
}
