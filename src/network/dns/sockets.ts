import { randomInt } from 'node:crypto';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect, createServer, isIPv6, type Server, type Socket } from 'node:net';
import type { DnsHandler, DnsListener, DnsSockets } from './sockets-port.ts';

/** Adapter: UDP and TCP of this host. */

const idleMs = 10_000;
const connectionsMax = 256;
const bindTriesMax = 20;

/** Cuts a TCP stream into messages, each with its length before it. */
class Framer {
  #rest = Buffer.alloc(0);

  push(chunk: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const messages: Buffer[] = [];
    while (this.#rest.length >= 2 && this.#rest.length >= 2 + this.#rest.readUInt16BE(0)) {
      const end = 2 + this.#rest.readUInt16BE(0);
      messages.push(this.#rest.subarray(2, end));
      this.#rest = this.#rest.subarray(end);
    }
    return messages;
  }
}

function frame(message: Uint8Array): Buffer {
  const framed = Buffer.alloc(2 + message.length);
  framed.writeUInt16BE(message.length);
  framed.set(message, 2);
  return framed;
}

/** Answers a connection's queries one after the other, in their order. */
function serveConnection(socket: Socket, handler: DnsHandler): void {
  const framer = new Framer();
  let last = Promise.resolve();
  socket.setTimeout(idleMs, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', chunk => {
    for (const message of framer.push(chunk as Buffer)) {
      last = last.then(async () => {
        const answer = await handler(message, 'tcp');
        if (answer && !socket.destroyed) socket.write(frame(answer));
      });
    }
  });
}

function listenTcp(address: string, port: number, handler: DnsHandler, open: Set<Socket>): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      serveConnection(socket, handler);
    });
    server.maxConnections = connectionsMax;
    server.once('error', reject);
    server.listen(port, address, () => {
      server.removeListener('error', reject);
      server.on('error', () => {});
      resolve(server);
    });
  });
}

function bindUdp(address: string, port: number, handler: DnsHandler): Promise<UdpSocket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    socket.once('error', error => {
      socket.close();
      reject(error);
    });
    socket.on('message', async (message, from) => {
      const answer = await handler(message, 'udp');
      // A client that has gone is no concern of ours.
      if (answer) socket.send(answer, from.port, from.address, () => {});
    });
    socket.bind(port, address, () => {
      socket.removeAllListeners('error');
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

async function listenBoth(address: string, port: number, handler: DnsHandler): Promise<DnsListener> {
  const open = new Set<Socket>();
  const server = await listenTcp(address, port, handler, open);
  const bound = (server.address() as { port: number }).port;
  let udp: UdpSocket;
  try {
    udp = await bindUdp(address, bound, handler);
  } catch (error) {
    await new Promise(resolve => server.close(resolve));
    throw error;
  }
  return {
    address,
    port: bound,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise<void>(resolve => server.close(() => resolve()));
      await new Promise<void>(resolve => udp.close(() => resolve()));
    },
  };
}

type Exchange = Parameters<DnsSockets['exchange']>[0];

function exchangeUdp({ resolver, message, timeoutMs, accept }: Exchange): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(resolver.address) ? 'udp6' : 'udp4');
    let over = false;
    const finish = (settle: () => void) => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      socket.close();
      settle();
    };
    const timer = setTimeout(() => finish(() => reject(new Error('timed out'))), timeoutMs);
    socket.on('error', error => finish(() => reject(error)));
    socket.on('message', answer => {
      if (accept(answer)) finish(() => resolve(answer));
    });
    // Connected, so that only the resolver can answer and its absence is an error at once.
    socket.connect(resolver.port, resolver.address, () => socket.send(message));
  });
}

function exchangeTcp({ resolver, message, timeoutMs, accept }: Exchange): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const framer = new Framer();
    const socket = connect(resolver.port, resolver.address);
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      settle();
    };
    const timer = setTimeout(() => finish(() => reject(new Error('timed out'))), timeoutMs);
    socket.on('error', error => finish(() => reject(error)));
    socket.once('end', () => finish(() => reject(new Error('closed without an answer'))));
    socket.on('data', chunk => {
      const answer = framer.push(chunk as Buffer).find(accept);
      if (answer) finish(() => resolve(answer));
    });
    socket.write(frame(message));
  });
}

export class HostSockets implements DnsSockets {
  async listen(address: string, port: number, handler: DnsHandler): Promise<DnsListener> {
    for (let tries = 1; ; tries++) {
      try {
        return await listenBoth(address, port, handler);
      } catch (error) {
        const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
        if (!taken || port !== 0 || tries >= bindTriesMax) throw error;
      }
    }
  }

  exchange(request: Exchange): Promise<Uint8Array> {
    return request.transport === 'udp' ? exchangeUdp(request) : exchangeTcp(request);
  }

  randomId(): number {
    return randomInt(0x10000);
  }
}
