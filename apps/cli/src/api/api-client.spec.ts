import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pipelineAt } from '../../../../test/cli/answers.js';
import { FakeServer, sendJson } from '../../../../test/cli/fake-server.js';
import { ApiClient } from './api-client.js';
import { ApiError } from './api-error.js';

let server: FakeServer;

beforeEach(async () => {
  server = await new FakeServer().start();
});

afterEach(() => server.stop());

const client = (token?: string, quickMs?: number): ApiClient =>
  new ApiClient(server.url, token, quickMs);

function answers(status: number, value: unknown, headers: Record<string, string> = {}): void {
  server.answer = (_, response) => {
    for (const [name, text] of Object.entries(headers)) response.setHeader(name, text);
    sendJson(response, status, value);
  };
}

async function failure(act: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ApiError) return error;
  throw new Error(`no ApiError: ${String(error)}`);
}

describe('a question', () => {
  it('repeats a parameter for each of its values, and leaves out what is not given', async () => {
    answers(200, { rows: [] });
    await client().report('usage', { key: ['a&b', 'c'], from: undefined, lane: 'live' });
    expect(server.asked[0]?.url).toBe('/api/v1/reports/usage?key=a%26b&key=c&lane=live');
  });

  it('carries the token, and none where none is set', async () => {
    answers(200, { rows: [] });
    await client('secret').alerts({});
    await client().alerts({});
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer secret',
      undefined,
    ]);
  });

  it('keeps the path of an API that lives under one', async () => {
    answers(200, pipelineAt());
    await new ApiClient(`${server.url}/keywatch/`, undefined).completeness();
    expect(server.asked[0]?.url).toBe('/keywatch/api/v1/completeness');
  });
});

describe('a refusal', () => {
  it('is told with every problem, each once', async () => {
    answers(400, {
      detail: 'from must be a time',
      problems: ['from must be a time', 'to must, too'],
    });
    const error = await failure(client().report('usage', {}));
    expect(error.message).toBe('from must be a time\n  - to must, too');
    expect(error.mayPass).toBe(false);
  });

  it('of a token says what to set', async () => {
    answers(401, { detail: 'Send the header Authorization: Bearer with KEYWATCH_API_TOKEN.' });
    const error = await failure(client('wrong').alerts({}));
    expect(error).toMatchObject({ status: 401, mayPass: false });
    expect(error.message).toContain('KEYWATCH_API_TOKEN');
  });

  it.each([408, 429, 500, 503])(
    'with %d may pass, after the time that it names',
    async (status) => {
      answers(status, { detail: 'Come again.' }, { 'retry-after': '5' });
      expect(await failure(client().alerts({}))).toMatchObject({
        mayPass: true,
        retryAfterMs: 5000,
      });
    },
  );

  it("by a proxy's page is told without its HTML", async () => {
    server.answer = (_, response) => {
      response.writeHead(502, 'Bad Gateway', { 'content-type': 'text/html' }).end('<h1>Oops</h1>');
    };
    const error = await failure(client().alerts({}));
    expect(error.message).toBe(
      `${server.url} answered 502 Bad Gateway, and not as Keywatch's API does`,
    );
  });

  it('by a redirect is not followed: the token has no business elsewhere', async () => {
    server.answer = (_, response) => {
      response.writeHead(301, { location: 'https://elsewhere.example/' }).end();
    };
    const error = await failure(client('secret').postEvents('[]'));
    expect(error.message).toMatch(
      /redirects to https:\/\/elsewhere\.example\/\. Set KEYWATCH_API_URL/,
    );
    expect(server.asked).toHaveLength(1);
  });
});

describe('an address where no API is', () => {
  it('is named where nothing listens', async () => {
    const { url } = server;
    await server.stop();
    const error = await failure(new ApiClient(url, undefined).alerts({}));
    expect(error.message).toContain(`The API at ${url} does not answer: `);
    expect(error.message).toContain('ECONNREFUSED');
    expect(error.mayPass).toBe(true);
  });

  it.each([
    ['a page', 'text/html; charset=utf-8', '<html></html>'],
    ['something else', 'text/plain', 'hello'],
  ])('and %s answers is told as that', async (_, type, body) => {
    server.answer = (_asked, response) => {
      response.writeHead(200, { 'content-type': type }).end(body);
    };
    await expect(client().alerts({})).rejects.toThrow(/Is KEYWATCH_API_URL right\?/);
  });

  it('and a page answers is told before any of it is printed as csv', async () => {
    server.answer = (_asked, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>');
    };
    await expect(client().get('/x', { format: 'csv' })).rejects.toThrow(/KEYWATCH_API_URL/);
  });
});

describe('an answer', () => {
  it('that breaks off is told as that', async () => {
    server.answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"rows":[', () => response.destroy());
    };
    const error = await failure(client().alerts({}));
    expect(error.message).toMatch(/broke off/);
  });

  it('that does not come is given up after a while', async () => {
    server.answer = () => undefined;
    const error = await failure(client(undefined, 50).completeness());
    expect(error.message).toContain('nothing came within 0.05 s');
    expect(error.mayPass).toBe(true);
  });

  it('is no longer waited for when the person ends the command', async () => {
    const controller = new AbortController();
    server.answer = () => {
      controller.abort();
    };
    await expect(client().completeness(controller.signal)).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('a batch of events', () => {
  it('is posted as one', async () => {
    answers(202, { accepted: 1, rejected: 0, results: [] });
    expect(await client().postEvents('[{"id":"1"}]')).toMatchObject({ accepted: 1 });
    expect(server.asked[0]).toMatchObject({
      method: 'POST',
      url: '/api/v1/events',
      body: '[{"id":"1"}]',
    });
    expect(server.asked[0]?.headers['content-type']).toBe('application/cloudevents-batch+json');
  });

  it('of which nothing is accepted is an answer, not a failure', async () => {
    const results = [{ id: '1', status: 'rejected', reason: 'bad', error: 'no' }];
    answers(400, { detail: 'All are rejected', accepted: 0, rejected: 1, results });
    expect(await client().postEvents('[{}]')).toMatchObject({ accepted: 0, results });
  });

  it('that is no batch is a failure', async () => {
    answers(400, { detail: 'The body is not JSON in UTF-8.' });
    expect((await failure(client().postEvents('['))).message).toBe(
      'The body is not JSON in UTF-8.',
    );
  });

  it('that a proxy refuses with a page is a failure in words', async () => {
    server.answer = (_, response) => {
      response.writeHead(400, { 'content-type': 'text/html' }).end('<h1>Bad</h1>');
    };
    expect((await failure(client().postEvents('[]'))).message).toMatch(/answered 400 Bad Request/);
  });
});
