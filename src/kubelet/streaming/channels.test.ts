import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { WebSocket } from 'ws';
import { handOn, onMessage, sendInTurn } from './channels.ts';

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

test('a client that sends more than is taken waits, until it is', async () => {
  const socket = Object.assign(echo(), {
    isPaused: false,
    pause: () => Object.assign(socket, { isPaused: true }),
    resume: () => Object.assign(socket, { isPaused: false }),
  });
  const taken: (() => void)[] = [];
  const stream = new Writable({ highWaterMark: 10, write: (_chunk, _encoding, done) => taken.push(done) });
  handOn(socket, stream, Buffer.alloc(9));
  assert.equal(socket.isPaused, false);
  handOn(socket, stream, Buffer.alloc(9));
  handOn(socket, stream, Buffer.alloc(9));
  assert.equal(socket.isPaused, true);
  while (taken.length > 0) {
    taken.shift()!();
    await new Promise(resolve => setImmediate(resolve));
  }
  assert.equal(socket.isPaused, false);
  stream.end();
  handOn(socket, stream, Buffer.alloc(99));
  assert.equal(socket.isPaused, false, 'what comes after the end is dropped');
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
