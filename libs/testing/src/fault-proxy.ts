import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * What the proxy does with a connection:
 * `pass`: nothing. `cut-answer`: the request goes through, and when the target begins to answer the connection is reset
 * and the answer is lost. `slow`: each piece of an answer comes `delayMs` later. `half-open`: the request is taken in
 * and kept, and nobody ever answers, as when the other machine has lost its power. `refuse`: reset at once.
 */
export type Fault = 'pass' | 'cut-answer' | 'slow' | 'half-open' | 'refuse';

export interface FaultOptions {
  /** Of `slow`; default 0. */
  readonly delayMs?: number;
  /** Whether the fault is for what the client sends; missing: for all. Gets each piece of data as it comes. */
  readonly matches?: (piece: Buffer) => boolean;
  /** After so many requests the proxy passes again; default: when it is told to. */
  readonly times?: number;
}

/** A TCP proxy on 127.0.0.1 before one target, whose fault may be changed while it runs. */
export interface FaultProxy {
  readonly port: number;
  /** How often a fault has happened to a request. */
  happened(fault: Fault): number;
  /** For requests from now on, also on connections that are open. What is half-open stays so until `heal` or `close`. */
  set(fault: Fault, options?: FaultOptions): void;
  /** Passes from now on, and resets the connections that are half-open. */
  heal(): void;
  close(): Promise<void>;
}

interface Met {
  readonly fault: Fault;
  readonly delayMs: number;
}
const PASS: Met = { fault: 'pass', delayMs: 0 };

interface State {
  readonly fault: Fault;
  readonly options: FaultOptions;
  left: number;
}

/** @param target where connections go */
export async function startFaultProxy(target: {
  readonly host: string;
  readonly port: number;
}): Promise<FaultProxy> {
  const counts = new Map<Fault, number>();
  const open = new Set<Socket>();
  const stuck = new Set<Socket>();
  let state: State = { fault: 'pass', options: {}, left: Infinity };

  /** The fault that a request meets; counts it and uses it up. */
  const meet = (piece?: Buffer): Met => {
    const { fault, options } = state;
    const concerned = options.matches === undefined || (piece && options.matches(piece)) === true;
    if (fault === 'pass' || !concerned) return PASS;
    counts.set(fault, (counts.get(fault) ?? 0) + 1);
    state.left -= 1;
    if (state.left <= 0) state = { fault: 'pass', options: {}, left: Infinity };
    return { fault, delayMs: options.delayMs ?? 0 };
  };

  /** HTTP servers may answer only to their own name: as a reverse proxy does, it puts the target's in. */
  const named = (piece: Buffer): Buffer => {
    const own = `\r\nHost: 127.0.0.1:${port()}\r\n`;
    if (!piece.includes(own)) return piece;
    const theirs = `\r\nHost: ${target.host}:${target.port}\r\n`;
    return Buffer.from(piece.toString('latin1').replace(own, theirs), 'latin1');
  };

  const server = createServer((client) => {
    hold(client);
    if (state.fault === 'refuse' && state.options.matches === undefined) {
      meet();
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(target.port, target.host);
    hold(upstream);
    let met = PASS;
    let answered = false;
    const reset = (): void => {
      client.resetAndDestroy();
      upstream.destroy();
    };
    const answer = (act: () => unknown): void => {
      answered = true;
      if (met.fault === 'cut-answer') reset();
      else if (met.fault === 'slow') setTimeout(act, met.delayMs);
      else if (met.fault !== 'half-open') act();
    };
    client.on('data', (piece) => {
      // A fault lasts for its request: the pieces of its body are no requests of their own.
      if (answered && met.fault === 'slow') met = PASS;
      answered = false;
      if (met.fault === 'pass') met = meet(piece);
      if (met.fault === 'refuse') reset();
      else if (met.fault === 'half-open') stuck.add(client);
      else upstream.write(named(piece));
    });
    upstream.on('data', (piece) => {
      answer(() => client.write(piece));
    });
    client.on('end', () => upstream.end());
    upstream.on('end', () => {
      answer(() => client.end());
    });
    client.on('close', () => upstream.destroy());
    upstream.on('error', reset);
  });

  function port(): number {
    return (server.address() as AddressInfo).port;
  }

  function hold(socket: Socket): void {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      open.delete(socket);
      stuck.delete(socket);
    });
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: port(),
    happened: (fault) => counts.get(fault) ?? 0,
    set(fault, options = {}) {
      state = { fault, options, left: options.times ?? Infinity };
    },
    heal() {
      state = { fault: 'pass', options: {}, left: Infinity };
      for (const client of stuck) client.resetAndDestroy();
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
