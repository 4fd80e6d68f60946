import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { WebSocket } from 'ws';
import { onMessage, sendInTurn } from './channels.ts';

/** A socket whose messages come back. */
function echo(): WebSocket {
  const socket = Object.assign(new EventEmitter(), {
    readyState: 1,
    OPEN: 1,
    send: (message: Buffer | string, done: () => void) => {
      socket.emit('message', Buffer.from(message as string));
      done();
    },
  });
  return socket as unknown as WebSocket;
}

const anyProtocol = fc.constantFrom(
  'v4.channel.k8s.io',
  'base64.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  '',
);

test('what is sent on a channel is taken from it, whatever the bytes', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyProtocol,
      fc.nat({ max: 9 }),
      fc.uint8Array({ maxLength: 50 }),
      async (protocol, channel, data) => {
        const socket = echo();
        const taken: unknown[] = [];
        onMessage(socket, protocol, (id, bytes) => taken.push([id, [...bytes]]));
        await sendInTurn(socket, protocol)(channel, data);
        assert.deepEqual(taken, [[channel, [...data]]]);
      },
    ),
  );
});

test('any message is taken as it is or left out', () => {
  fc.assert(
    fc.property(anyProtocol, fc.uint8Array({ maxLength: 50 }), (protocol, message) => {
      const socket = echo();
      let taken = 0;
      onMessage(socket, protocol, (_id, bytes) => {
        taken++;
        assert.ok(bytes.length < message.length);
      });
      socket.emit('message', Buffer.from(message));
      if (message.length === 0) assert.equal(taken, 0);
      else if (!protocol.includes('base64')) assert.equal(taken, 1);
    }),
  );
});
