import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { UNREADY_ANSWERS } from '@keywatch/platform';
import { Kafka } from './kafkajs.js';

describe('kafkajs', () => {
  it('gives Kafka with both patches in place', () => {
    expect(typeof Kafka).toBe('function');
    const require = createRequire(import.meta.url);
    const decode = require('kafkajs/src/protocol/recordBatch/v0/decoder') as { name: string };
    expect(Object.getOwnPropertySymbols(decode).map(String)).toContain(
      'Symbol(keywatch.kafkajs.empty-batch-patch)',
    );
  });

  it('still has the answers of an unready broker in the words by which our log knows them, and asks again', () => {
    const require = createRequire(import.meta.url);
    const { errorCodes } = require('kafkajs/src/protocol/error') as {
      errorCodes: { message: string; retriable: boolean }[];
    };
    const retriable = errorCodes.filter((one) => one.retriable).map(({ message }) => message);
    expect(retriable).toEqual(expect.arrayContaining([...UNREADY_ANSWERS]));
  });
});
