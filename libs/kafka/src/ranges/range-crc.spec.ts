import { crc32 } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import type { KafkaMessage } from 'kafkajs';
import { crcOf } from './range-crc.js';

function message(change: Partial<KafkaMessage> = {}): KafkaMessage {
  return {
    key: null,
    value: Buffer.from('v'),
    timestamp: '1000',
    offset: '0',
    attributes: 0,
    headers: { 'content-type': Buffer.from('json') },
    ...change,
  } as KafkaMessage;
}

describe('crcOf', () => {
  const of = (...messages: KafkaMessage[]): number => crcOf(messages).crc;

  it('is the same for the same messages, whatever was read before', () => {
    const before = of(message(), message());
    of(message({ headers: { other: Buffer.from('x') } }));
    expect(of(message(), message())).toBe(before);
  });

  it.each<[string, Partial<KafkaMessage>]>([
    ['a value', { value: Buffer.from('w') }],
    ['no value', { value: null }],
    ["a header's value", { headers: { 'content-type': Buffer.from('jsoN') } }],
    ["a header's name", { headers: { 'content-typf': Buffer.from('json') } }],
    ['a second header', { headers: { 'content-type': Buffer.from('json'), b: 'x' } }],
    ['a repeated header', { headers: { 'content-type': [Buffer.from('json'), 'x'] } }],
    ['no headers', { headers: {} }],
    ['the time of arrival', { timestamp: '1001' }],
  ])('differs for %s', (_name, change) => {
    expect(of(message(), message(change))).not.toBe(of(message(), message()));
    expect(of(message(change))).not.toBe(of(message()));
  });

  it('differs for another order and another number', () => {
    const other = message({ value: Buffer.from('w') });
    expect(of(message(), other)).not.toBe(of(other, message()));
    expect(of(message())).not.toBe(of(message(), message()));
  });

  it('gives the CRC-32 of each value', () => {
    const { bodyCrcs } = crcOf([message(), message({ value: null })]);
    expect([...bodyCrcs]).toEqual([crc32('v'), 0]);
  });
});
