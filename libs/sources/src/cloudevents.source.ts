import { decodeCloudEvent, holdsSecretValue, type OutgoingKeyEvent } from '@keywatch/events';
import type { Source } from './source.js';

/** Key events kept as CloudEvents (structured mode), taken as they are; only the lane is the import's. */
export const cloudEventsSource: Source = {
  name: 'cloudevents',
  events(record, { lane, tenantId }) {
    const decoded = decodeCloudEvent(record);
    if (decoded.kind === 'dead-letter') return { rejected: decoded.reason, error: decoded.error };
    if (decoded.kind === 'drop') return { events: [], skipped: decoded.reason };
    if (holdsSecretValue(JSON.stringify(record))) {
      return {
        rejected: 'secret-in-payload',
        error: 'the event holds a token or private key; send the public key id only',
      };
    }
    // Checked above: an envelope with the data of its type, and whatever extensions it came with.
    const event = record as OutgoingKeyEvent;
    const tenantid = event.tenantid ?? tenantId;
    return { events: [{ ...event, ...(tenantid === undefined ? {} : { tenantid }), lane }] };
  },
};
