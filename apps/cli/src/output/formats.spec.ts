import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { COMPLETE } from '../../../../test/cli/answers.js';
import { captureOutput, type Captured } from '../../../../test/cli/captured.js';
import { FakeServer, sendJson } from '../../../../test/cli/fake-server.js';
import { ApiClient } from '../api/api-client.js';
import { parseFormat, plain, print, printTable, time } from './formats.js';

const COLUMNS = [
  { name: 'day', title: 'Day', type: 'string', format: 'date-time' },
  { name: 'lastUsed', title: 'Last used', type: 'string', format: 'date-time' },
  { name: 'facts', title: 'Facts', type: 'object' },
];
const ANSWER = { rows: [], completeness: COMPLETE, nextCursor: null, columns: COLUMNS };

let output: Captured;
let server: FakeServer;

beforeEach(async () => {
  output = captureOutput();
  server = await new FakeServer().start();
});

afterEach(async () => {
  output.release();
  await server.stop();
});

const api = (): ApiClient => new ApiClient(server.url, undefined);

describe('a format', () => {
  it('is one of three', () => {
    expect(parseFormat('csv')).toBe('csv');
    expect(() => parseFormat('xml')).toThrow('It must be one of table, json, csv.');
  });
});

describe('a table', () => {
  it('says that there is nothing, and how complete that is', () => {
    printTable(ANSWER);
    expect(output.out()).toMatch(/^Nothing to show\.\n\nComplete up to/);
  });

  it('has every column of the answer but objects, where no others are named', () => {
    printTable({
      ...ANSWER,
      rows: [{ day: '2026-11-24T00:00:00.000Z', lastUsed: '2026-11-24T12:00:00.000Z', facts: {} }],
    });
    expect(output.out().split('\n').slice(0, 2)).toEqual([
      'DAY         LAST USED (UTC)',
      '2026-11-24  2026-11-24 12:00:00',
    ]);
  });

  it('says that there are more rows, and how to get them', () => {
    printTable({ ...ANSWER, rows: [{ day: 'd' }], nextCursor: 'x' }, [plain('DAY', 'day')]);
    expect(output.out()).toContain('The first 1 row; --limit N, or --format json or csv');
  });

  it('asks for a hundred rows, or for as many as the person says', async () => {
    server.answer = (_, response) => {
      sendJson(response, 200, ANSWER);
    };
    await print(api(), '/x', {}, 'table', [time('DAY', 'day')]);
    await print(api(), '/x', { limit: '7' }, 'table', [time('DAY', 'day')]);
    expect(server.asked.map(({ url }) => url)).toEqual(['/x?limit=100', '/x?limit=7']);
  });
});

describe('csv', () => {
  it('goes to standard output byte for byte; what it lacks is said on standard error', async () => {
    const csv = 'keyId,requests\r\n"k,1",2\r\n';
    server.answer = (_, response) => {
      response
        .writeHead(200, {
          'content-type': 'text/csv',
          'x-keywatch-completeness': 'behind',
          'x-keywatch-reason': '3 messages',
        })
        .end(csv);
    };
    await print(api(), '/x', { key: ['a', 'b'] }, 'csv');
    expect(server.asked[0]?.url).toBe('/x?key=a&key=b&format=csv');
    expect(output.out()).toBe(csv);
    expect(output.err()).toBe('Completeness: behind (3 messages)\n');
  });

  it('adds nothing where it is complete', async () => {
    server.answer = (_, response) => {
      response.writeHead(200, { 'x-keywatch-completeness': 'complete' }).end('a\r\n');
    };
    await print(api(), '/x', {}, 'csv');
    expect(output.err()).toBe('');
  });

  it('that breaks off is an error, not a short file', async () => {
    server.answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/csv', 'content-length': '1000' });
      response.write('a,b\r\n', () => response.destroy());
    };
    await expect(print(api(), '/x', {}, 'csv')).rejects.toThrow(
      /^The answer broke off, what was printed is not all: /,
    );
  });
});
