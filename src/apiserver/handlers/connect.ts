import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import { type FieldError, fieldError } from '#machinery/field.ts';
import { parseRfc3339 } from '#machinery/go-values.ts';
import { isTrue } from '#machinery/query.ts';
import { answeredError } from '#machinery/response-texts.ts';
import { statusError } from '#machinery/status.ts';
import {
  type Backend,
  type BackendAnswer,
  connectTo,
  failureText,
  hostPort,
  urlOf,
} from '../proxy/backends.ts';
import { keyOf } from '../resources/write-context.ts';
import type { ApiResponse } from '../response.ts';
import { admitConnection } from './admit.ts';
import type { ResourceRequest, Services } from './context.ts';
import { mayCreate } from './may-create.ts';
import { integerOption } from './options.ts';
import { scopeOf } from './read.ts';

/** log, exec, attach and portforward: what the pod's kubelet answers. */
export async function connectHandler(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  const { served, info } = call;
  const { query } = call.request;
  if (info.subresource !== 'log') {
    // WebSockets are opened by GET, and do what a POST does.
    if (info.verb === 'get') await mayCreate(services, call);
    await admitConnection(services, call, connectionOptions(call));
  }
  const log = info.subresource === 'log' ? logParameters(query, info.name) : undefined;
  const pod = served.cache.get(keyOf({ namespace: scopeOf(call) }, info.name))?.object as Pod | undefined;
  if (!pod) throw statusError.notFound(served.what, info.name);
  const path = kubeletPath(call, pod, log);
  if (!pod.spec?.nodeName) return noNode(call, info.name);
  const backend = kubeletOf(services, call, pod.spec.nodeName);
  if (info.subresource === 'log') {
    const isInsecure = isTrue(query.get('insecureSkipTLSVerifyBackend'));
    const tls = isInsecure ? { insecure: true } : {};
    services.podLogMetrics.asked(isInsecure ? 'skip_tls_allowed' : 'enforce_tls');
    return readLog(services, call, { ...backend, tls: { ...backend.tls, ...tls } }, path);
  }
  const connect = () => connectTo(services.backends, backend);
  return { type: 'upgrade', target: { authority: hostPort(backend), path, headers: {}, connect } };
}

/** Nothing has run yet: an empty log, and nowhere to connect to. */
function noNode(call: ResourceRequest, name: string): ApiResponse {
  if (call.info.subresource === 'log') return { type: 'bytes', status: 204, contentType: '', body: '' };
  throw statusError.badRequest(`pod ${name} does not have a host assigned`);
}

async function readLog(
  { backends, podLogMetrics }: Services,
  { info, request: { signal } }: ResourceRequest,
  backend: Backend,
  path: string,
): Promise<ApiResponse> {
  let answer: BackendAnswer;
  try {
    answer = await backends.request({ backend, method: 'GET', path, headers: {}, signal });
  } catch (error) {
    const failure = failureText(error, backend);
    if (failure.startsWith('tls: ')) podLogMetrics.distrusted();
    const url = JSON.stringify(urlOf(backend, path));
    throw statusError.unclassified(`Get ${url}: ${failure}`);
  }
  const { status, body } = answer;
  if (status >= 200 && status <= 206)
    return { type: 'stream', status: 200, headers: { 'content-type': 'text/plain' }, body };
  throw failedLog(status, await readText(body), info.name);
}

function failedLog(status: number, text: string, name: string): Error {
  if (status === 400) return statusError.badRequest(text);
  if (status === 500) return statusError.internal(text);
  return answeredError(status, text, 'pods/log', name);
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) text += decoder.decode(chunk, { stream: true });
  return text;
}

/** Upstream's reader of nodes takes the name of the request's resource for its own. */
function kubeletOf({ catalog, kubeletTls }: Services, { served }: ResourceRequest, name: string): Backend {
  const node = catalog.find('', 'v1', 'nodes')!.cache.get(name)?.object as Node | undefined;
  if (!node) throw statusError.notFound(served.what, name);
  return { ...kubeletAddress(node), tls: kubeletTls() ?? {} };
}

/** Where a node's kubelet serves. */
export function kubeletAddress(node: Node): { host: string; port: number } {
  const addresses = node.status?.addresses ?? [];
  const address = ['InternalIP', 'ExternalIP', 'Hostname']
    .map(type => addresses.find(candidate => candidate.type === type))
    .find(candidate => candidate !== undefined);
  const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port;
  if (!address || !port) {
    const known = addresses.map(({ type = '', address: text = '' }) => `{${type} ${text}}`);
    throw statusError.unclassified(`no preferred addresses found; known addresses: [${known.join(' ')}]`);
  }
  return { host: address.address, port };
}

/** Names of the query parameters of the kubelet's API, by those of the API server's. */
const streamParameters: Readonly<Record<string, string>> = {
  stdin: 'input',
  stdout: 'output',
  stderr: 'error',
  tty: 'tty',
};

/** `log`: what is asked of a log, where one is. */
function kubeletPath(call: ResourceRequest, pod: Pod, log: URLSearchParams | undefined): string {
  const { query } = call.request;
  const { subresource } = call.info;
  const base = `${encodeURIComponent(pod.metadata.namespace!)}/${encodeURIComponent(pod.metadata.name!)}`;
  if (subresource === 'portforward') {
    const ports = query.getAll('ports').flatMap(text => text.split(','));
    const parameters = new URLSearchParams(ports.map(port => ['port', port]));
    return withQuery(`/portForward/${base}`, parameters);
  }
  const container = encodeURIComponent(containerName(call, pod));
  if (log) return withQuery(`/containerLogs/${base}/${container}`, log);
  return withQuery(`/${subresource}/${base}/${container}`, execParameters(query));
}

function withQuery(path: string, parameters: URLSearchParams): string {
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}

const logNames = [
  'follow',
  'previous',
  'sinceSeconds',
  'sinceTime',
  'timestamps',
  'tailLines',
  'limitBytes',
  'stream',
];

function logParameters(query: URLSearchParams, podName: string): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const name of logNames) {
    const value = query.get(name);
    if (value !== null && value !== '') parameters.set(name, value);
  }
  const errors = logErrors(query);
  if (errors.length > 0) throw statusError.invalid({ group: '', kind: 'PodLogOptions' }, podName, errors);
  return parameters;
}

/** What is wrong with numbers and times that are some. Throws BadRequest for others. */
function logErrors(query: URLSearchParams): FieldError[] {
  const errors: FieldError[] = [];
  const check = (name: string, least: 0 | 1) => {
    const value = integerOption(query, name);
    if (!query.has(name) || value >= least) return;
    const why = least === 0 ? 'must be greater than or equal to 0' : 'must be greater than 0';
    errors.push(fieldError.invalid(name, value, why));
  };
  const hasTime = isTime(query.get('sinceTime') ?? '');
  check('tailLines', 0);
  check('limitBytes', 1);
  if (!hasTime || !query.has('sinceSeconds')) check('sinceSeconds', 1);
  else {
    const why = 'at most one of `sinceTime` or `sinceSeconds` may be specified';
    // Upstream's path to no field in particular.
    errors.push(fieldError.forbidden('[]', why));
  }
  return errors;
}

/** Whether the text says a time: nothing and null say none. Throws BadRequest. */
function isTime(text: string): boolean {
  if (text === '' || text === 'null') return false;
  try {
    parseRfc3339(text);
    return true;
  } catch (error) {
    throw error instanceof DecodeError ? statusError.badRequest(error.message) : error;
  }
}

/** The fields of PodExecOptions, PodAttachOptions or PodPortForwardOptions. */
function connectionOptions({ info, request: { query } }: ResourceRequest): Record<string, unknown> {
  if (info.subresource === 'portforward') {
    const ports = query.getAll('ports').flatMap(text => text.split(',').map(Number));
    return ports.length > 0 ? { ports } : {};
  }
  const streams = Object.keys(streamParameters).filter(name => isTrue(query.get(name)));
  const container = query.get('container');
  const command = query.getAll('command');
  return {
    ...Object.fromEntries(streams.map(name => [name, true])),
    ...(container ? { container } : {}),
    ...(command.length > 0 ? { command } : {}),
  };
}

function execParameters(query: URLSearchParams): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [ours, theirs] of Object.entries(streamParameters)) {
    if (isTrue(query.get(ours))) parameters.set(theirs, '1');
  }
  for (const part of query.getAll('command')) parameters.append('command', part);
  return parameters;
}

/** The container asked for, or the only one there is. Throws BadRequest in upstream's words. */
function containerName(call: ResourceRequest, pod: Pod): string {
  const asked = call.request.query.get('container');
  const name = pod.metadata.name;
  const regular = (pod.spec?.containers ?? []).map(container => container.name);
  const init = (pod.spec?.initContainers ?? []).map(container => container.name);
  const ephemeral = (pod.spec?.ephemeralContainers ?? []).map(container => container.name);
  if (asked) {
    if ([...regular, ...init, ...ephemeral].includes(asked)) return asked;
    throw statusError.badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  if (regular.length === 1) return regular[0]!;
  const choices = init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : '';
  throw statusError.badRequest(
    `a container name must be specified for pod ${name}, choose one of: [${regular.join(' ')}]${choices}`,
  );
}
