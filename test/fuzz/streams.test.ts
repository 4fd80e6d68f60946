import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import { type Random, randomInt } from '#base/random.ts';
import { onMessage } from '#kubelet/streaming/channels.ts';
import {
  decodeHeaders,
  encodeFrame,
  encodeHeaders,
  type Frame,
  FrameDecoder,
  SpdyProtocolError,
} from '#kubelet/streaming/spdy-frames.ts';
import { expecting, fuzz } from './fuzz.ts';
import { mutateBytes } from './inputs.ts';

function someBytes(random: Random): Uint8Array {
  return Uint8Array.from({ length: randomInt(random, 60) }, () => randomInt(random, 256));
}

/** A connection's bytes with a few changes. */
function connection(random: Random): Uint8Array {
  const frames = Array.from({ length: 1 + randomInt(random, 6) }, () => {
    const id = randomInt(random, 9);
    return [
      () => encodeFrame.data(id, someBytes(random), random.next() < 0.2),
      () => encodeFrame.synStream(id, someBytes(random)),
      () => encodeFrame.synReply(id, someBytes(random)),
      () => encodeFrame.rstStream(id, 5),
      () => encodeFrame.ping(id),
      () => encodeFrame.goAway(id),
    ][randomInt(random, 6)]!();
  });
  return mutateBytes(random, Buffer.concat(frames));
}

/** The frames of the pieces, and whether what follows them is none. */
function framesOf(pieces: readonly Uint8Array[]): { frames: Frame[]; isBroken: boolean } {
  const decoder = new FrameDecoder();
  const frames: Frame[] = [];
  const read = () => {
    for (const piece of pieces) for (const frame of decoder.push(piece)) frames.push(frame);
    return true;
  };
  return { frames, isBroken: !expecting([SpdyProtocolError], read) };
}

function cut(random: Random, bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + randomInt(random, 20);
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}

fuzz('SPDY frames are read or refused, alike wherever their bytes are cut', random => {
  const bytes = connection(random);
  assert.deepEqual(framesOf(cut(random, bytes)), framesOf([bytes]));
});

fuzz('header blocks are read or refused', random => {
  const headers = new Map([
    ['streamtype', ['error']],
    ['port', ['80', '81']],
  ]);
  const block = mutateBytes(random, encodeHeaders(headers));
  const read = expecting([SpdyProtocolError], () => decodeHeaders(block));
  for (const [name, values] of read ?? []) assert.ok(name.length + values.join('').length <= block.length);
});

fuzz('messages on channels are read or left out', random => {
  const protocol = ['v5.channel.k8s.io', 'v4.base64.channel.k8s.io'][randomInt(random, 2)]!;
  const socket = new EventEmitter();
  const taken: Buffer[] = [];
  onMessage(socket as WebSocket, protocol, (_channel, data) => taken.push(data));
  const message = Buffer.from(mutateBytes(random, Buffer.from('0aGVsbG8gd29ybGQ=')));
  socket.emit('message', message);
  assert.ok(taken.length <= 1 && taken.every(data => data.length < message.length));
});
