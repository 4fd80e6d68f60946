import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '#base/virtual-clock.ts';
import { RequestMetrics } from './metrics.ts';
import { parseRequest } from './request.ts';

const path = '/api/v1/namespaces/default/pods';
const query = new URLSearchParams();
const request = { query, headers: {} };
const info = (method: string) => parseRequest(method, path, query);
const of = (verb: string, scope: string) =>
  `component="apiserver",group="",resource="pods",scope="${scope}",subresource="",verb="${verb}",version="v1"`;

function linesOf(metrics: RequestMetrics, name: string): string[] {
  return metrics.render().filter(line => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

test('a request that is turned away counts as answered and as ended, and took no time', () => {
  const metrics = new RequestMetrics(new VirtualClock(() => Promise.resolve()));
  metrics.turnedAway(info('GET'), request);
  metrics.terminated(info('POST'), request, 504);
  assert.equal(linesOf(metrics, 'apiserver_request_total').length, 1);
  assert.match(linesOf(metrics, 'apiserver_request_total')[0]!, /verb="LIST",version="v1",code="429"\} 1$/);
  const ended = linesOf(metrics, 'apiserver_request_terminations_total').map(
    line => /code="(\d+)"/.exec(line)?.[1],
  );
  assert.deepEqual(ended, ['429', '504']);
  assert.deepEqual(linesOf(metrics, 'apiserver_request_duration_seconds_count'), []);
});

test('indicators of the level of service begin at 50 ms', async () => {
  const clock = new VirtualClock(() => Promise.resolve());
  const metrics = new RequestMetrics(clock);
  const running = metrics.begin(info('GET'), request);
  await clock.advance(70);
  running.end(200);
  const [first, second] = linesOf(metrics, 'apiserver_request_sli_duration_seconds_bucket');
  assert.equal(
    first,
    `apiserver_request_sli_duration_seconds_bucket{${of('LIST', 'namespace')},le="0.05"} 0`,
  );
  assert.match(second!, /le="0\.1"\} 1$/);
});

test('what stays open counts until it is let go, once', () => {
  const metrics = new RequestMetrics(new VirtualClock(() => Promise.resolve()));
  const [first, second] = [1, 2].map(() => metrics.stayingOpen(info('GET'), request));
  const open = () => linesOf(metrics, 'apiserver_longrunning_requests').map(line => line.split(' ').at(-1));
  assert.deepEqual(open(), ['2']);
  first![Symbol.dispose]();
  first![Symbol.dispose]();
  assert.deepEqual(open(), ['1']);
  second![Symbol.dispose]();
  assert.deepEqual(open(), ['0']);
});
