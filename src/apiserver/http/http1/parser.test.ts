import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { bodyBytesMax, drainedBytesMax } from '../exchange.ts';
import { type ParsedHead, ProtocolError } from './head.ts';
import { type ParsedRequest, RequestParser } from './parser.ts';

const host = 'Host: x\r\n';

/** The requests in `pieces`, and what they come to in the end: what is left, or the status of a refusal. */
function read(...pieces: (string | Buffer)[]): { requests: ParsedRequest[]; refused: number | undefined } {
  const parser = new RequestParser(takesWebSocket);
  const requests: ParsedRequest[] = [];
  try {
    for (const piece of pieces) {
      parser.push(Buffer.from(piece as string, 'latin1'));
      for (let request = parser.next(); request ?? parser.asked; request = parser.next()) {
        if (request) requests.push(request);
        else parser.decide(true);
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { requests, refused: error.status };
  }
  return { requests, refused: undefined };
}

const takesWebSocket = ({ upgrade }: ParsedHead) => upgrade === 'websocket';

function bodiesOf(requests: readonly ParsedRequest[]): (string | undefined)[] {
  return requests.map(({ body }) => body && Buffer.from(body).toString('latin1'));
}

describe('what is refused', () => {
  const cases: [what: string, text: string, status: number][] = [
    ['no request', 'this is no HTTP\r\n\r\n', 400],
    ['another version', `GET / HTTP/2.0\r\n${host}\r\n`, 505],
    ['no version', `GET /\r\n${host}\r\n`, 400],
    ['two spaces', `GET  / HTTP/1.1\r\n${host}\r\n`, 400],
    ['a control character in the target', `GET /\x01 HTTP/1.1\r\n${host}\r\n`, 400],
    ['no method', ` / HTTP/1.1\r\n${host}\r\n`, 400],
    ['line feeds alone', `GET / HTTP/1.1\n${host}\n`, 400],
    ['a bare line feed in a header', `GET / HTTP/1.1\r\n${host}A: b\nC: d\r\n\r\n`, 400],
    ['a bare carriage return in a header', `GET / HTTP/1.1\r\n${host}A: b\rC: d\r\n\r\n`, 400],
    ['a zero byte in a header', `GET / HTTP/1.1\r\n${host}A: b\0\r\n\r\n`, 400],
    ['a zero byte after many spaces', `GET / HTTP/1.1\r\n${host}A:${'\t'.repeat(2 ** 19)}\0\r\n\r\n`, 400],
    ['a folded header', `GET / HTTP/1.1\r\n${host}A: b\r\n c\r\n\r\n`, 400],
    ['a space before the colon', `GET / HTTP/1.1\r\n${host}A : b\r\n\r\n`, 400],
    ['a header without a name', `GET / HTTP/1.1\r\n${host}: b\r\n\r\n`, 400],
    ['a header without a colon', `GET / HTTP/1.1\r\n${host}Ab\r\n\r\n`, 400],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two hosts', `GET / HTTP/1.1\r\n${host}${host}\r\n`, 400],
    ['a length that is none', `POST / HTTP/1.1\r\n${host}Content-Length: 1x\r\n\r\na`, 400],
    ['a negative length', `POST / HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`, 400],
    ['two lengths', `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`, 400],
    [
      'a length and chunks',
      `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['a coding that nobody knows', `POST / HTTP/1.1\r\n${host}Transfer-Encoding: gzip, chunked\r\n\r\n`, 501],
    ['chunks in HTTP/1.0', `POST / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
    ['a chunk without a size', `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nx\r\n`, 400],
    ['a chunk of 0x1', `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n`, 400],
    ['a chunk too long', `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n`, 400],
    [
      'an endless size',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n${'0'.repeat(20_000)}`,
      400,
    ],
    ['an expectation that nobody knows', `GET / HTTP/1.1\r\n${host}Expect: wonders\r\n\r\n`, 417],
    ['a head without an end', `GET / HTTP/1.1\r\nA: ${'x'.repeat(2 ** 20)}`, 431],
    ['a head that is too large', `GET / HTTP/1.1\r\n${host}A: ${'x'.repeat(2 ** 20)}\r\n\r\n`, 431],
  ];
  for (const [what, text, status] of cases) {
    test(what, () => {
      assert.deepEqual(read(text), { requests: [], refused: status });
      assert.equal(read(...text.slice(0, 400)).requests.length, 0);
    });
  }
});

describe('what is read', () => {
  test('heads and bodies, one after the other, whatever comes at once', () => {
    const text = [
      `\r\nGET /a?b=c HTTP/1.1\r\n${host}Accept: x\r\naccept:  y \r\n\r\n`,
      `POST /b HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`,
      `PUT /c HTTP/1.1\r\n${host}Transfer-Encoding: Chunked\r\n\r\n3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n`,
      `DELETE http://x:1/d?e HTTP/1.1\r\n${host}\r\n`,
      `GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n`,
      `GET / HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
    ].join('');
    const whole = read(text);
    assert.equal(whole.refused, undefined);
    assert.deepEqual(
      whole.requests.map(({ head, isLast }) => [head.method, head.url, isLast]),
      [
        ['GET', '/a?b=c', false],
        ['POST', '/b', false],
        ['PUT', '/c', false],
        ['DELETE', '/d?e', false],
        ['GET', '/', false],
        ['GET', '/', true],
      ],
    );
    assert.deepEqual(bodiesOf(whole.requests), ['', 'hello', 'abc0123456789', '', '', '']);
    assert.deepEqual(whole.requests[0]!.head.headers.accept, ['x', 'y']);
    assert.deepEqual(whole.requests[0]!.head.rawHeaders, ['Host', 'x', 'Accept', 'x', 'accept', 'y']);
    const inDrops = read(...text);
    assert.deepEqual(inDrops, whole);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), cuts => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        assert.deepEqual(read(...at.slice(1).map((end, i) => text.slice(at[i], end))), whole);
      }),
    );
  });

  test('a name that is a part of every object is a header like others', () => {
    const { requests } = read(`GET / HTTP/1.1\r\n${host}__proto__: a\r\nconstructor: b\r\n\r\n`);
    assert.deepEqual(Object.entries(requests[0]!.head.headers).slice(1), [
      ['__proto__', ['a']],
      ['constructor', ['b']],
    ]);
  });

  test('a sender that waits is told once to go on, unless its body is there already', () => {
    const head = `POST / HTTP/1.1\r\n${host}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`;
    const parser = new RequestParser(() => false);
    parser.push(Buffer.from(head));
    assert.equal(parser.next(), undefined);
    assert.deepEqual([parser.takeContinue(), parser.takeContinue()], [true, false]);
    parser.push(Buffer.from('ok'));
    assert.equal(Buffer.from(parser.next()!.body!).toString(), 'ok');
    parser.push(Buffer.from(`${head}o`));
    assert.deepEqual([parser.next(), parser.takeContinue()], [undefined, false]);
  });

  test('an upgrade leaves what follows alone', () => {
    const parser = new RequestParser(takesWebSocket);
    parser.push(
      Buffer.from(
        `GET / HTTP/1.1\r\n${host}Connection: x, Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00frames`,
      ),
    );
    assert.equal(parser.next()!.head.upgrade, 'websocket');
    assert.equal(parser.rest().toString('latin1'), Buffer.from('\x81\x00frames').toString('latin1'));
  });

  test('bodies that are too large are read on for a while, and kept nowhere', () => {
    const piece = Buffer.alloc(1 << 20, 'x');
    for (const framing of [
      `Content-Length: ${bodyBytesMax + 1}\r\n\r\n`,
      `Transfer-Encoding: chunked\r\n\r\n${(bodyBytesMax + 1).toString(16)}\r\n`,
    ]) {
      const end = framing.startsWith('T') ? '\r\n0\r\n\r\n' : '';
      const { requests } = read(`PUT / HTTP/1.1\r\n${host}${framing}`, piece, piece, piece, `x${end}`);
      assert.deepEqual(bodiesOf(requests), [undefined]);
      assert.equal(requests[0]!.isLast, false);
    }
    const absurd = read(`PUT / HTTP/1.1\r\n${host}Content-Length: ${drainedBytesMax + 1}\r\n\r\n`);
    assert.deepEqual([bodiesOf(absurd.requests), absurd.requests[0]!.isLast], [[undefined], true]);
    const endless = read(
      `PUT / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nffffffff\r\n`,
      ...Array.from({ length: 17 }, () => piece),
    );
    assert.deepEqual([bodiesOf(endless.requests), endless.requests[0]!.isLast], [[undefined], true]);
  });
});

test('whatever comes is read or refused, and the same however it is cut', () => {
  const parts = fc.constantFrom(
    'GET / HTTP/1.1\r\n',
    'POST /x HTTP/1.1\r\n',
    'GET / HTTP/1.0\r\n',
    host,
    'Content-Length: 3\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Connection: close\r\n',
    '\r\n',
    '\n',
    'abc',
    '3\r\nabc\r\n',
    '0\r\n\r\n',
  );
  const texts = fc.array(
    fc.oneof({ weight: 8, arbitrary: parts }, fc.string({ unit: 'binary', maxLength: 4 })),
    {
      maxLength: 24,
    },
  );
  fc.assert(
    fc.property(texts, fc.array(fc.nat(300), { maxLength: 6 }), (some, cuts) => {
      const text = some.join('');
      const whole = read(text);
      const at = [0, ...cuts.filter(cut => cut < text.length).toSorted((a, b) => a - b), text.length];
      const cut = read(...at.slice(1).map((end, i) => text.slice(at[i], end)));
      assert.deepEqual(bodiesOf(cut.requests), bodiesOf(whole.requests));
      assert.equal(cut.refused, whole.refused);
    }),
    { numRuns: 2000 },
  );
});
