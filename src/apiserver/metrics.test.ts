import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '#base/virtual-clock.ts';
import { RequestMetrics } from './metrics.ts';
import { parseRequest } from './request.ts';

const path = '/api/v1/namespaces/default/pods';
const query = new URLSearchParams();
const request = { query, headers: {}, body: undefined };
const info = (method: string) => parseRequest(method, path, query);
const of = (verb: string, scope: string) =>
  `component="apiserver",group="",resource="pods",scope="${scope}",subresource="",verb="${verb}",version="v1"`;

function linesOf(metrics: RequestMetrics, name: string): string[] {
  const lines = metrics.families.flatMap(family => [...family.lines()]);
  return lines.filter(line => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

test('a request that is turned away counts as answered and as ended, and took no time', () => {
  const metrics = new RequestMetrics(new VirtualClock(() => Promise.resolve()));
  metrics.turnedAway(info('GET'), request);
  metrics.terminated(info('POST'), request, 504);
  assert.equal(linesOf(metrics, 'apiserver_request_total').length, 1);
  assert.match(linesOf(metrics, 'apiserver_request_total')[0]!, /code="429",.*verb="LIST",version="v1"\} 1$/);
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

test('what stays open counts until it ends, once, and as answered from then on', async () => {
  const clock = new VirtualClock(() => Promise.resolve());
  const metrics = new RequestMetrics(clock);
  const watch = new URLSearchParams({ watch: 'true' });
  const begin = () =>
    metrics.begin(parseRequest('GET', path, watch), { query: watch, headers: {}, body: undefined });
  const valuesOf = (name: string) => linesOf(metrics, name).map(line => line.split(' ').at(-1));
  const [first, second] = [begin(), begin()].map(running => running.open());
  assert.deepEqual(valuesOf('apiserver_longrunning_requests'), ['2']);
  assert.deepEqual(valuesOf('apiserver_request_total'), []);
  await clock.advance(20_000);
  first!(200);
  first!(200);
  assert.deepEqual(valuesOf('apiserver_longrunning_requests'), ['1']);
  assert.deepEqual(valuesOf('apiserver_request_total'), ['1']);
  assert.deepEqual(valuesOf('apiserver_request_duration_seconds_sum'), ['20']);
  assert.deepEqual(valuesOf('apiserver_request_sli_duration_seconds_sum'), []);
  second!(500);
  assert.deepEqual(valuesOf('apiserver_longrunning_requests'), ['0']);
  assert.deepEqual(valuesOf('apiserver_request_total'), ['1', '1']);
});
