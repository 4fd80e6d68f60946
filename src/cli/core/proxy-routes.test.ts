import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ProxyRules, regexpList, routeOf } from './proxy-routes.ts';

const filter = {
  acceptPaths: regexpList('^.*'),
  rejectPaths: regexpList('^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach'),
  acceptHosts: regexpList('^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$'),
  rejectMethods: regexpList('^DELETE$'),
};

function route(url: string, rules: Partial<ProxyRules> = {}, more: { method?: string; host?: string } = {}) {
  const request = { method: 'GET', host: 'localhost:8001', url, ...more };
  const found = routeOf(request, { apiPrefix: '/', filesPrefix: undefined, filter, ...rules });
  return found.to === 'client'
    ? `${found.status} ${found.location ?? ''}`.trim()
    : `${found.to} ${found.path}`;
}

test('requests go to the server, to a file, or back', () => {
  assert.equal(route('/'), 'server /');
  assert.equal(route('/api/v1/pods?a=%2F'), 'server /api/v1/pods?a=%2F');
  assert.equal(route('/api/v1/namespaces/a%20b'), 'server /api/v1/namespaces/a%20b');
  const custom = { apiPrefix: '/custom/' };
  assert.equal(route('/custom/api/v1/pods', custom), 'server /api/v1/pods');
  assert.equal(route('/api/v1/pods', custom), '404');
  assert.equal(route('/custom?x', custom), '307 /custom/?x');
  const api = { apiPrefix: '/api/', filesPrefix: '/static/' };
  assert.equal(route('/api/v1/pods', api), 'server /api/v1/pods');
  assert.equal(route('/apis', api), '404');
  assert.equal(route('/static/a/b.js', api), 'file /a/b.js');
  assert.equal(route('/static/', { filesPrefix: '/static/' }), 'file /');
  assert.equal(route('/%zz'), '400');
});

test('the filter cannot be walked around', () => {
  const exec = '/api/v1/namespaces/x/pods/y/exec';
  assert.equal(route(exec), '403');
  assert.equal(route('/api/v1/namespaces/x/pods/y/%65xec'), '403');
  assert.equal(route(`/x/..${exec}`), `307 ${exec}`);
  assert.equal(route(`/%2e%2e${exec}`), `307 ${exec}`);
  assert.equal(route(`/${exec}`), `307 ${exec}`);
  assert.equal(route(exec, { filter: undefined }), `server ${exec}`);
  assert.equal(route('/api', {}, { method: 'DELETE' }), '403');
  for (const host of ['evil.example', 'localhost.evil.example:8001', '', '[::1]:8001'])
    assert.equal(route('/api', {}, { host }), '403', host);
  for (const host of ['127.0.0.1', '127.0.0.1:8001', '[::1]'])
    assert.equal(route('/api', {}, { host }), 'server /api', host);
});
