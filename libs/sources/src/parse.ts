/** What `parse` gives for a text that is no JSON; null is a value of its own. */
export const NOT_JSON = Symbol('not JSON');

/** A JSON value, or NOT_JSON. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}
