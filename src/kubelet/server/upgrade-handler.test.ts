import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { silentLog } from '#base/log.ts';
import { wallClock } from '#test/engine.ts';
import type { StreamTarget } from './stream-target.ts';
import { UpgradeHandler } from './upgrade-handler.ts';

/** A server on the loopback interface that knows which connections it has. */
class Host implements AsyncDisposable {
  readonly server = http.createServer();
  readonly #open = new Set<Socket>();
  #onClosed = () => {};

  async start(): Promise<void> {
    this.server.on('connection', socket => {
      this.#open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#open.delete(socket);
        if (this.#open.size === 0) this.#onClosed();
      });
    });
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Resolves when there is no connection. */
  async idle(): Promise<void> {
    if (this.#open.size === 0) return;
    await new Promise<void>(resolve => {
      this.#onClosed = resolve;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise(resolve => this.server.close(resolve));
  }
}

function webSocket(protocol: string): string {
  return (
    'GET /portForward HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
    `Sec-WebSocket-Protocol: ${protocol}\r\n\r\n`
  );
}

const requests = {
  spdy: 'POST /exec HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n',
  webSocket: webSocket('v4.channel.k8s.io'),
  tunnel: webSocket('SPDY/3.1+portforward.k8s.io'),
} as const;

/** Ways to go away. */
const farewells = {
  end: (client: Socket) => client.end(),
  close: (client: Socket) => client.destroy(),
  reset: (client: Socket) => client.resetAndDestroy(),
} as const;

describe('a client that goes away in the middle of its upgrade leaves no connection', {
  timeout: 60_000,
}, () => {
  const front = new Host();
  const runtime = new Host();
  /** Where the client stands when it goes. */
  let onAsked = (_answer: () => void) => {};
  let onRuntimeAsked = (_answer: () => void) => {};

  before(async () => {
    const handler = new UpgradeHandler({ clock: wallClock, log: silentLog });
    await Promise.all([front.start(), runtime.start()]);
    front.server.on('upgrade', (request, socket, head) => {
      const target: StreamTarget = {
        kind: request.headers.upgrade === 'websocket' ? 'portForward' : 'exec',
        url: `http://127.0.0.1:${runtime.port}/`,
        streams: { stdin: true, stdout: true, stderr: true, tty: false },
        ports: [80],
      };
      onAsked(() => handler.handle(request, socket, head, target));
    });
    runtime.server.on('upgrade', (_request, socket) => {
      socket.on('end', () => socket.end());
      socket.resume();
      const head = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n';
      onRuntimeAsked(() => socket.write(head));
    });
  });

  after(async () => {
    await front[Symbol.asyncDispose]();
    await runtime[Symbol.asyncDispose]();
  });

  for (const [kind, request] of Object.entries(requests)) {
    for (const [name, leave] of Object.entries(farewells)) {
      for (const moment of ['before it is looked at', 'before the runtime answers', 'then']) {
        test(`${kind}, ${name}, ${moment}`, async () => {
          const client = net.connect(front.port, '127.0.0.1');
          client.on('error', () => {});
          client.resume();
          const gone = async (answer: () => void) => {
            leave(client);
            // Its end is on its way.
            for (let turns = 0; turns < 20; turns++) await new Promise(resolve => setImmediate(resolve));
            answer();
          };
          onAsked = moment === 'before it is looked at' ? gone : answer => answer();
          onRuntimeAsked = moment === 'before the runtime answers' ? gone : answer => answer();
          if (moment === 'then') client.on('data', () => leave(client));
          await once(client, 'connect');
          client.write(request);
          await once(client, 'close');
          await Promise.all([front.idle(), runtime.idle()]);
        });
      }
    }
  }
});
