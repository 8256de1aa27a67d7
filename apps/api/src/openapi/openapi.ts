import { ENVELOPE, jsonSchemaOf, KEY_EVENT_DATA } from '@keywatch/events';
import {
  alertsQuery,
  KEY_STATE_PARAMS,
  parametersOf as ownParameters,
  REPORTS,
  type Report,
} from '@keywatch/reports';
import { z } from 'zod';
import { MAX_ITEMS } from '../events/cloudevents-body.js';
import { parametersOf } from '../reports/listed-reports.js';
import { jsonContent, problem, REFUSALS, answer, ref, type Json } from './parts.js';
import { answerSchemas } from './schemas.js';
import { workflowPaths } from './workflow-paths.js';

/** OpenAPI 3.1 of everything that is served; schemas come from the code that checks. */
export function openApiDocument(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Keywatch',
      version: '1',
      description:
        'Usage of API keys, their age, alerts, and the entrance for key events. Every answer says how complete it is.',
    },
    security: [{ token: [] }, {}],
    paths: {
      '/api/v1/events': { post: postEvents() },
      '/api/v1/reports': {
        get: {
          summary: 'The reports there are, with their parameters and columns',
          responses: { 200: answer('The list'), ...REFUSALS },
        },
      },
      ...Object.fromEntries(
        REPORTS.map((report) => [`/api/v1/reports/${report.id}`, { get: rowsOperation(report) }]),
      ),
      '/api/v1/alerts': { get: rowsOperation(alertsQuery) },
      ...workflowPaths(),
      '/api/v1/keys/{key}/state': { get: keyState() },
      '/api/v1/completeness': {
        get: {
          summary: 'How complete the stored events and alerts are',
          responses: {
            200: answer('The watermark', jsonContent(ref('AllCompleteness'))),
            ...REFUSALS,
          },
        },
      },
      '/health/live': health('Whether the process runs'),
      '/health/ready': health(
        'Whether Kafka, ClickHouse and its tables are there; 503 with the reasons where not',
      ),
      '/metrics': {
        get: {
          summary: 'Figures for Prometheus',
          security: [{}],
          responses: { 200: answer('Text') },
        },
      },
    },
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: {
        ...answerSchemas(),
        KeyEvent: keyEventSchema(),
      },
    },
  };
}

const health = (summary: string): Json => ({
  get: { summary, security: [{}], responses: { 200: answer('Yes'), 503: answer('No') } },
});

function keyState(): Json {
  return {
    summary: 'What was known of a key at a time',
    description:
      'Folded from the events up to `at` (their own time) that had arrived by `knownAt`: lifecycle, description, rotation age, use, and the alerts that were open.',
    parameters: [
      { name: 'key', in: 'path', required: true, schema: { type: 'string' } },
      ...ownParameters(KEY_STATE_PARAMS).map(({ name, required, about, schema }) => ({
        name,
        in: 'query',
        required,
        description: about,
        schema,
      })),
    ],
    responses: {
      200: answer('The state', jsonContent({ type: 'object' })),
      400: problem('Parameters are wrong, or several tenants have a key of that name'),
      404: problem('Nothing was known of such a key by then'),
      ...REFUSALS,
    },
  };
}

function postEvents(): Json {
  const list = { type: 'array', items: ref('KeyEvent'), minItems: 1, maxItems: MAX_ITEMS };
  return {
    summary: 'Take in key events; answered once the log has acknowledged them',
    requestBody: {
      required: true,
      content: {
        'application/cloudevents+json': { schema: ref('KeyEvent') },
        'application/cloudevents-batch+json': { schema: list },
        'application/json': { schema: { oneOf: [ref('KeyEvent'), list] } },
      },
    },
    responses: {
      202: answer(
        'At least one event was accepted; results has an answer per event',
        jsonContent(ref('PostAnswer')),
      ),
      400: problem('No event was accepted; results says why'),
      413: problem(`More than 5 MB or ${MAX_ITEMS} events`),
      415: problem('Another content type'),
      ...REFUSALS,
    },
  };
}

function rowsOperation({ title, about, params, rows, id, subject }: Report): Json {
  const shapes = Object.values(rows).map(
    (row) => z.toJSONSchema(row, { target: 'openapi-3.0' }) as Json,
  );
  const body = {
    type: 'object',
    required: [
      'report',
      'generatedAt',
      'params',
      'completeness',
      'columns',
      'rows',
      'nextCursor',
      'summary',
      'conclusion',
    ],
    properties: {
      report: { const: id },
      generatedAt: { type: 'string', format: 'date-time' },
      params: { type: 'object' },
      completeness: ref('Completeness'),
      ...(subject === undefined
        ? {}
        : {
            subjects: {
              type: 'array',
              items: z.toJSONSchema(subject, { target: 'openapi-3.0' }) as Json,
            },
          }),
      columns: { type: 'array', items: ref('Column') },
      rows: { type: 'array', items: shapes.length === 1 ? shapes[0] : { oneOf: shapes } },
      nextCursor: { type: ['string', 'null'] },
      summary: { type: 'object', additionalProperties: { type: 'number' } },
      conclusion: { type: ['string', 'null'] },
    },
  };
  return {
    summary: title,
    description: about,
    parameters: parametersOf(params).map((parameter) => ({
      name: parameter.name,
      in: 'query',
      required: parameter.required,
      description: parameter.about,
      schema: parameter.schema,
    })),
    responses: {
      200: answer('Rows and their completeness', {
        'application/json': { schema: body },
        'text/csv': { schema: { type: 'string' } },
        'application/x-ndjson': { schema: { type: 'string' } },
        'text/html': { schema: { type: 'string' } },
        'application/vnd.apache.parquet': { schema: { type: 'string', format: 'binary' } },
      }),
      400: problem('Parameters are wrong; problems lists all of them'),
      ...REFUSALS,
    },
  };
}

function keyEventSchema(): Json {
  return {
    oneOf: Object.entries(KEY_EVENT_DATA).map(([type, data]) => {
      const envelope = jsonSchemaOf(ENVELOPE) as { properties: Json };
      const properties = {
        ...envelope.properties,
        type: { const: type },
        data: jsonSchemaOf(data),
      };
      return { ...envelope, title: type, properties };
    }),
  };
}
