/** A part of the document. */
export type Json = Readonly<Record<string, unknown>>;

export const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
export const jsonContent = (schema: Json): Json => ({ 'application/json': { schema } });
export const answer = (description: string, content?: Json): Json => ({
  description,
  ...(content === undefined ? {} : { content }),
});
export const problem = (description: string): Json =>
  answer(description, { 'application/problem+json': { schema: ref('Problem') } });

/** What every address may answer. */
export const REFUSALS = {
  401: problem('A token is set and was not sent'),
  403: problem('The Host header names another machine, or a page of another site asks'),
  429: problem('Too many requests are under way; Retry-After says when to come again'),
  503: problem('Kafka or ClickHouse is away; Retry-After says when to come again'),
};
