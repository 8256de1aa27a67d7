import type { PipelineCompleteness } from '../../apps/cli/src/api/answers.js';
import { pipelineAt } from './answers.js';
import { FakeServer, sendJson } from './fake-server.js';

interface Posted {
  readonly id: string;
  readonly type: string;
  readonly lane?: string;
  readonly tenantid?: string;
}

/** An API that accepts every event and says how far it is. */
export class FakeApi extends FakeServer {
  readonly events: Posted[] = [];
  pipeline: PipelineCompleteness = pipelineAt();
  /** Called before each batch is answered. */
  onBatch: () => void = () => undefined;

  override answer: FakeServer['answer'] = ({ method, url, body }, response) => {
    if (method === 'POST') {
      const events = JSON.parse(body) as Posted[];
      this.events.push(...events);
      this.onBatch();
      const results = events.map(({ id }) => ({
        id,
        status: 'accepted',
        reason: null,
        error: null,
      }));
      sendJson(response, 202, { accepted: events.length, rejected: 0, results });
    } else if (url.startsWith('/api/v1/completeness')) sendJson(response, 200, this.pipeline);
    else sendJson(response, 404, { detail: `No such place: ${url}` });
  };

  get settings(): Record<string, string> {
    return { KEYWATCH_API_URL: this.url };
  }
}
