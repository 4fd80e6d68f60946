import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { headerCompressor, headerDecompressor } from './header-compression.ts';
import { SpdyConnection, type SpdyStream } from './spdy-connection.ts';
import { decodeHeaders, encodeFrame, encodeHeaders, FrameDecoder, SpdyProtocolError } from './spdy-frames.ts';

test('frames survive any cut of the bytes', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ id: fc.integer({ min: 1, max: 0x7fffffff }), data: fc.uint8Array(), fin: fc.boolean() }),
      ),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(({ id, data, fin }) => encodeFrame.data(id, data, fin)));
        const decoder = new FrameDecoder();
        const out = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const step = cuts[i % cuts.length]!;
          out.push(...decoder.push(bytes.subarray(at, at + step)));
          at += step;
        }
        assert.deepEqual(
          out.map(
            frame => frame.kind === 'data' && [frame.streamId, Buffer.from(frame.payload), frame.flags],
          ),
          frames.map(({ id, data, fin }) => [id, Buffer.from(data), fin ? 1 : 0]),
        );
      },
    ),
  );
});

test('garbage is refused or waited on, never more than that', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      for (const decode of [() => [...new FrameDecoder().push(bytes)], () => decodeHeaders(bytes)]) {
        try {
          decode();
        } catch (error) {
          assert.ok(error instanceof SpdyProtocolError);
        }
      }
    }),
  );
});

test('header blocks keep their order and meaning through the shared compression', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.dictionary(fc.stringMatching(/^[a-z-]{1,20}$/), fc.string({ maxLength: 50 })), {
        maxLength: 5,
      }),
      async blocks => {
        using out = headerCompressor();
        using back = headerDecompressor();
        for (const block of blocks) {
          const headers = new Map(Object.entries(block).map(([name, value]) => [name, value.split('\0')]));
          const compressed = await out.transform(encodeHeaders(headers));
          assert.deepEqual(decodeHeaders(await back.transform(compressed)), headers);
        }
      },
    ),
    { numRuns: 30 },
  );
});

test('a header block that inflates without end is refused', async () => {
  using out = headerCompressor();
  using back = headerDecompressor();
  const huge = await out.transform(encodeHeaders(new Map([['x', ['a'.repeat(60_000)]]])));
  assert.ok((await back.transform(huge)).length > 60_000);
  const bomb = headerCompressor();
  const pieces = await bomb.transform(Buffer.alloc(60_000)).catch(() => Buffer.alloc(0));
  bomb[Symbol.dispose]();
  using victim = headerDecompressor();
  await assert.rejects(victim.transform(Buffer.concat([pieces, pieces.subarray(2), pieces.subarray(2)])));
});

function pair(onStream?: (stream: SpdyStream) => void): [SpdyConnection, SpdyConnection] {
  const [left, right] = duplexPair();
  return [new SpdyConnection(left, 'client'), new SpdyConnection(right, 'server', onStream)];
}

test('streams carry data both ways, and each half closes by itself', async () => {
  const [client, server] = pair(stream => {
    let text = '';
    stream.on('error', () => {});
    stream.on('data', chunk => {
      text += chunk;
    });
    stream.on('end', () => stream.end(`${stream.headers.get('streamtype')}:${text}`));
  });
  const streams = await Promise.all(['data', 'error'].map(streamType => client.open({ streamType })));
  for (const stream of streams) {
    stream.on('error', () => {});
    stream.end(`hello ${stream.id}`);
  }
  const answers = await Promise.all(streams.map(async stream => (await stream.toArray()).join('')));
  assert.deepEqual(answers, ['data:hello 1', 'error:hello 3']);
  client.close();
  server.close();
});

test('large data arrives whole', async () => {
  const [client, server] = pair(stream => {
    stream.on('error', () => {});
    stream.pipe(stream);
  });
  const stream = await client.open({});
  stream.on('error', () => {});
  const sent = Buffer.alloc(1_000_000, 'abcdefg');
  stream.end(sent);
  assert.ok(Buffer.concat(await stream.toArray()).equals(sent));
  client.close();
  server.close();
});

test('what nobody reads is not taken from the peer, and comes whole when it is read', async () => {
  const sent = Buffer.alloc(3_000_000, 'abcdefg');
  const [client, server] = pair(stream => {
    stream.on('error', () => {});
    stream.end(sent);
  });
  const stream = await client.open({});
  stream.on('error', () => {});
  await stream.accepted;
  await new Promise(resolve => stream.once('readable', resolve));
  for (let turns = 0; turns < 100; turns++) await new Promise(resolve => setImmediate(resolve));
  assert.ok(stream.readableLength < 200_000, `${stream.readableLength} bytes are held`);
  assert.ok(Buffer.concat(await stream.toArray()).equals(sent));
  client.close();
  server.close();
});

test('whoever waits for room on a connection that ends is told', async () => {
  const [left] = duplexPair();
  const connection = new SpdyConnection(left, 'client');
  const stream = await connection.open({});
  const failed = new Promise<Error>(resolve => stream.on('error', resolve));
  stream.write(Buffer.alloc(1_000_000));
  connection.close();
  assert.match((await failed).message, /connection closed/);
});

test('a stream that nobody wants is refused, and garbage ends the connection alone', async () => {
  const [client, server] = pair();
  const stream = await client.open({});
  stream.on('error', () => {});
  await assert.rejects(stream.accepted, /reset by peer/);
  const [left, right] = duplexPair();
  const victim = new SpdyConnection(right, 'server');
  const closed = new Promise<void>(resolve => victim.onClose(resolve));
  left.on('error', () => {});
  left.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'.padEnd(100, '\xff'), 'latin1'));
  left.write(Buffer.alloc(8, 0xff));
  left.end();
  await closed;
  client.close();
  server.close();
});
