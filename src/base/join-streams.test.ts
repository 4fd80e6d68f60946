import assert from 'node:assert/strict';
import { Duplex, PassThrough } from 'node:stream';
import { test } from 'node:test';
import { joinStreams } from './join-streams.ts';

/** One side, its far end, and what was written to it, a write each. */
function side() {
  const written: string[] = [];
  const incoming = new PassThrough();
  let release = () => {};
  const duplex: Duplex = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      written.push(chunk.toString());
      release = done;
    },
    writev: (chunks, done) => {
      written.push(chunks.map(({ chunk }) => String(chunk)).join(''));
      release = done;
    },
  });
  incoming.on('data', chunk => duplex.push(chunk));
  incoming.on('end', () => duplex.push(null));
  const done = async () => {
    release();
    await turn();
  };
  return { duplex, incoming, written, done };
}

const turn = () => new Promise<void>(resolve => setImmediate(resolve));

test('each piece is written by itself, also where the other side is slow', async () => {
  const [a, b] = [side(), side()];
  joinStreams(a.duplex, b.duplex);
  for (const word of ['one', 'two', 'three']) {
    a.incoming.write(word);
    await turn();
  }
  assert.deepEqual(b.written, ['one']);
  for (let i = 0; i < 3; i++) await b.done();
  assert.deepEqual(b.written, ['one', 'two', 'three']);
});

test('an end comes after all that came before it', async () => {
  const [a, b] = [side(), side()];
  joinStreams(a.duplex, b.duplex);
  a.incoming.end('last');
  await turn();
  assert.deepEqual([b.written, b.duplex.writableEnded], [['last'], false]);
  await b.done();
  assert.deepEqual([b.duplex.writableFinished, b.duplex.destroyed], [true, false]);
  a.duplex.destroy();
  await turn();
  assert.equal(b.duplex.destroyed, false);
});

test('a side that breaks off takes the other with it', async () => {
  for (const reason of [undefined, new Error('reset')]) {
    const [a, b] = [side(), side()];
    joinStreams(a.duplex, b.duplex);
    a.duplex.destroy(reason);
    await turn();
    assert.equal(b.duplex.destroyed, true);
  }
});
