import { z } from 'zod';
import { DEED, VERBS } from '../alerts/alert-actions.service.js';
import { FOUND_ALERT } from '../alerts/alert-detail.service.js';
import { END_REQUEST, SILENCE_REQUEST, SILENCES_QUERY } from '../silences/silences.service.js';
import { answer, jsonContent, problem, ref, REFUSALS, type Json } from './parts.js';

const ABOUT: Readonly<Record<keyof typeof VERBS, string>> = {
  acknowledge: 'Somebody works on the alert',
  resolve: 'The alert is settled',
  reopen: 'The alert is open again',
  comment: 'A remark on the alert; its status stays',
};

const schemaOf = (schema: z.ZodType): Json => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input' }) as Record<
    string,
    unknown
  >;
  return json;
};
const idParam = (of: string): Json => ({
  name: 'id',
  in: 'path',
  required: true,
  description: `Id of the ${of}, or at least 4 digits of its beginning`,
  schema: { type: 'string', pattern: '^[0-9a-f]{4,32}$' },
});
const objectOf = (properties: Json): Json =>
  jsonContent({ type: 'object', required: Object.keys(properties), properties });

const TEXT: Json = { type: 'string' };
const LIST: Json = { type: 'array', items: { type: 'object' } };
const NOT_NAMED = {
  400: problem('No id, an ambiguous one, or a wrong body; problems lists all of them'),
  404: problem('There is none with such an id'),
};
const DONE = (what: Json): Json => ({
  202: answer('The log has acknowledged it; it is stored a second or two later', what),
  200: answer('There was nothing to do, and nothing was recorded; detail says why', what),
});

/** What people do about alerts. */
export function workflowPaths(): Json {
  const silenceAnswer = objectOf({
    silenceId: TEXT,
    recorded: { type: 'boolean' },
    silence: { type: 'object' },
    detail: TEXT,
  });
  return {
    '/api/v1/alerts/{id}': { get: oneAlert() },
    ...Object.fromEntries(
      (Object.keys(VERBS) as (keyof typeof VERBS)[]).map((verb) => [
        `/api/v1/alerts/{id}/${verb}`,
        { post: deed(ABOUT[verb]) },
      ]),
    ),
    '/api/v1/silences': {
      get: {
        summary: 'Silences that hold now or will; with all=true also those that are over',
        parameters: [
          {
            name: 'all',
            in: 'query',
            required: false,
            description: SILENCES_QUERY.shape.all.description,
            schema: { type: 'string', enum: ['true', 'false'], default: 'false' },
          },
        ],
        responses: {
          200: answer('The list', objectOf({ silences: LIST, completeness: ref('Completeness') })),
          400: problem('Parameters are wrong'),
          ...REFUSALS,
        },
      },
      post: {
        summary: 'For a while nobody is told of the alerts that match; they are raised and stored',
        requestBody: { required: true, content: jsonContent(schemaOf(SILENCE_REQUEST)) },
        responses: {
          ...DONE(silenceAnswer),
          400: problem('The body is wrong; problems lists everything'),
          ...REFUSALS,
        },
      },
    },
    '/api/v1/silences/{id}/end': {
      post: {
        summary: 'The silence is over from now on',
        parameters: [idParam('silence')],
        requestBody: { required: true, content: jsonContent(schemaOf(END_REQUEST)) },
        responses: { ...DONE(silenceAnswer), ...NOT_NAMED, ...REFUSALS },
      },
    },
  };
}

function oneAlert(): Json {
  return {
    summary: 'One alert: what was told, on what it rests, what people did, who was told',
    parameters: [idParam('alert')],
    responses: {
      200: answer(
        'The alert',
        objectOf({
          alert: schemaOf(FOUND_ALERT),
          shortId: TEXT,
          runbook: TEXT,
          exception: { ...TEXT, description: 'A line for exceptions: of the settings' },
          tellings: LIST,
          actions: LIST,
          deliveries: LIST,
          silences: LIST,
          completeness: ref('Completeness'),
        }),
      ),
      ...NOT_NAMED,
      ...REFUSALS,
    },
  };
}

function deed(summary: string): Json {
  return {
    summary,
    parameters: [idParam('alert')],
    requestBody: { required: true, content: jsonContent(schemaOf(DEED)) },
    responses: {
      ...DONE(
        objectOf({
          alertId: TEXT,
          action: TEXT,
          recorded: { type: 'boolean' },
          eventId: { type: ['string', 'null'] },
          at: { type: ['string', 'null'] },
          detail: TEXT,
        }),
      ),
      ...NOT_NAMED,
      ...REFUSALS,
    },
  };
}
