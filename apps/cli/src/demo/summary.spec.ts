import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { COMPLETE, UNKNOWN } from '../../../../test/cli/answers.js';
import { FakeServer, sendJson } from '../../../../test/cli/fake-server.js';
import { ApiClient } from '../api/api-client.js';
import { countBy, summaryOf } from './summary.js';

let server: FakeServer;

beforeEach(async () => {
  server = await new FakeServer().start();
});

afterEach(() => server.stop());

function answerWith(completeness: unknown): ApiClient {
  server.answer = ({ url }, response) => {
    const rows = url.includes('alerts') ? [{ rule: 'a' }, { rule: 'b' }, { rule: 'a' }] : [{ url }];
    sendJson(response, 200, { rows, completeness, nextCursor: null, columns: [] });
  };
  return new ApiClient(server.url, undefined);
}

describe('the summary of the demo', () => {
  it('is read back through the API, all rows of it', async () => {
    const summary = await summaryOf(answerWith(COMPLETE), 2000, 4.04);
    expect(summary).toMatchObject({
      produced: 2000,
      inserted: 2000,
      duplicates: 1,
      deadLetters: 0,
      lag: 0,
      seconds: 4,
      alertsByRule: { a: 2, b: 1 },
      usage: [{ url: '/api/v1/reports/usage?' }],
      rotationAge: [{ url: '/api/v1/reports/rotation-age?' }],
    });
  });

  it('does not take an unknown lag for none', async () => {
    expect((await summaryOf(answerWith(UNKNOWN), 1, 1)).lag).toBeNull();
  });
});

describe('counting', () => {
  it('counts items by a key', () => {
    expect(countBy(['aa', 'b', 'c'], (text) => String(text.length))).toEqual({ 1: 2, 2: 1 });
  });
});
