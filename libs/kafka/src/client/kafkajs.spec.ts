import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
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
});
