import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import {
  FaultConnection,
  PASS,
  type Fault,
  type FaultDetails,
  type Met,
} from './fault-connection.js';

export interface FaultOptions extends FaultDetails {
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

interface State extends FaultOptions {
  readonly fault: Fault;
  left: number;
}

/** @param target where connections go */
export async function startFaultProxy(target: {
  readonly host: string;
  readonly port: number;
}): Promise<FaultProxy> {
  const counts = new Map<Fault, number>();
  const sockets = new Set<Socket>();
  const connections = new Set<FaultConnection>();
  let state: State = { fault: 'pass', left: Infinity };

  /** The fault that a request meets; counts it and uses it up. */
  const meet = (piece?: Buffer): Met => {
    const { fault, matches } = state;
    const concerned = matches === undefined || (piece !== undefined && matches(piece));
    if (fault === 'pass' || !concerned) return PASS;
    const met = state;
    counts.set(fault, (counts.get(fault) ?? 0) + 1);
    state.left -= 1;
    if (state.left <= 0) state = { fault: 'pass', left: Infinity };
    return met;
  };

  /** HTTP servers may answer only to their own name: as a reverse proxy does, it puts the target's in. */
  const named = (piece: Buffer): Buffer => {
    const own = `\r\nHost: 127.0.0.1:${port()}\r\n`;
    if (!piece.includes(own)) return piece;
    const theirs = `\r\nHost: ${target.host}:${target.port}\r\n`;
    return Buffer.from(piece.toString('latin1').replace(own, theirs), 'latin1');
  };

  const server = createServer({ allowHalfOpen: true }, (client) => {
    hold(client);
    if (state.fault === 'refuse' && state.matches === undefined) {
      meet();
      client.resetAndDestroy();
      return;
    }
    const upstream = hold(connect({ ...target, allowHalfOpen: true }));
    const connection = new FaultConnection({ client, upstream, meet, rewrite: named });
    connections.add(connection);
    void connection.closed.then(() => connections.delete(connection));
  });

  function port(): number {
    return (server.address() as AddressInfo).port;
  }

  function hold(socket: Socket): Socket {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    return socket;
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: port(),
    happened: (fault) => counts.get(fault) ?? 0,
    set(fault, options = {}) {
      state = { ...options, fault, left: options.times ?? Infinity };
    },
    heal() {
      state = { fault: 'pass', left: Infinity };
      for (const connection of connections) if (connection.isHalfOpen) connection.reset();
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
