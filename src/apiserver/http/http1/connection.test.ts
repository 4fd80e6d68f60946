import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { test } from 'node:test';
import { VirtualClock } from '#base/virtual-clock.ts';
import { Http1Connection, type Http1Host } from './connection.ts';
import { TurnEnd } from './turn-end.ts';

const quietSweepsMax = 18;
const unfinishedSweepsMax = 6;

function connect(): { connection: Http1Connection; socket: Duplex; told: string[] } {
  const told: string[] = [];
  const socket = new Duplex({
    read: () => {},
    write: (bytes: Buffer, _encoding, done) => {
      told.push(bytes.toString());
      done();
    },
  });
  const host: Http1Host = {
    serve: exchange => exchange.answer(200, [], Buffer.from('ok')),
    takesUpgrade: () => true,
    admitBody: () => ({ room: { [Symbol.dispose]: () => told.push('room given back') } }),
    upgrade: () => told.push('upgraded'),
    date: () => 'now',
    turnEnd: new TurnEnd(new VirtualClock(() => Promise.resolve())),
  };
  const tlsSocket = Object.assign(socket, { getPeerX509Certificate: () => undefined });
  return { connection: new Http1Connection(tlsSocket as unknown as TLSSocket, host), socket, told };
}

/** Says one byte more between two sweeps; how many it lives through. */
function sweepsOf({ connection, socket }: ReturnType<typeof connect>, isTalking: boolean): number {
  for (let sweeps = 0; sweeps < 100; sweeps++) {
    if (isTalking) socket.emit('data', Buffer.from('x'));
    connection.sweep(quietSweepsMax, unfinishedSweepsMax);
    if (socket.destroyed) return sweeps;
  }
  return Number.POSITIVE_INFINITY;
}

test('who says nothing is waited for longer than who says a request in drops', () => {
  assert.equal(sweepsOf(connect(), false), quietSweepsMax);

  const headless = connect();
  headless.socket.emit('data', Buffer.from('GET / HTTP/1.1\r\n'));
  assert.equal(sweepsOf(headless, true), unfinishedSweepsMax);

  const bodiless = connect();
  bodiless.socket.emit('data', Buffer.from('PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n'));
  assert.equal(sweepsOf(bodiless, true), unfinishedSweepsMax);
});

test('what a connection was upgraded to lasts', () => {
  const upgraded = connect();
  const lines = ['GET / HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket', '', ''];
  upgraded.socket.emit('data', Buffer.from(lines.join('\r\n')));
  assert.deepEqual(upgraded.told, ['upgraded']);
  assert.equal(sweepsOf(upgraded, false), Number.POSITIVE_INFINITY);
});

test('the room of a body is given back with the answer, or with the connection', async () => {
  const head = 'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n';
  const answered = connect();
  answered.socket.emit('data', Buffer.from(head + 'x'.repeat(100_000)));
  assert.deepEqual(answered.told.includes('room given back'), true);

  const left = connect();
  left.socket.emit('data', Buffer.from(head));
  assert.deepEqual(left.told, []);
  left.socket.destroy();
  await new Promise(resolve => left.socket.once('close', resolve));
  assert.deepEqual(left.told, ['room given back']);
});
