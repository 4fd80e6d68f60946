import { X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Server, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { issueLeaf, createAuthorities } from '#apiserver/pki/pki.ts';
import { configMaps, subjectAccessReviews, tokenReviews } from '#api/generated/refs.ts';
import type { Client } from '#client/client.ts';
import { systemClock } from '#main/system.ts';

interface Flunder {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    uid: string;
    resourceVersion: string;
    [more: string]: unknown;
  };
}

interface Asker {
  readonly user: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, string[]>>;
}

const group = 'wardle.example.com';
const version = 'v1alpha1';
const apiVersion = `${group}/${version}`;
const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'watch'];
const resource = {
  name: 'flunders',
  singularName: 'flunder',
  namespaced: true,
  kind: 'Flunder',
  verbs,
};

export interface ExtensionOptions {
  /** Of the Service that leads here: what the certificate names. */
  readonly service: string;
  /** Of that Service. Default: default. */
  readonly namespace?: string;
  readonly host: string;
}

/**
 * An extension API server as upstream's sample is one: its own objects in its own memory; who asks it learns from the
 * front proxy's headers or by TokenReview, and whether they may by SubjectAccessReview.
 */
export class ExtensionServer implements AsyncDisposable {
  readonly caBundle: string;
  readonly #client: Client;
  readonly #server: Server;
  readonly #objects = new Map<string, Flunder>();
  readonly #watchers = new Set<(type: string, object: Flunder) => void>();
  #revision = 100;
  #frontProxyCa = '';
  /** Everybody who got an answer about objects. */
  readonly askers: Asker[] = [];
  /** The last one that came. */
  heard: IncomingMessage | undefined;
  /** Without aggregated discovery and OpenAPI 3, as old servers are. */
  legacyOnly = false;

  private constructor(client: Client, options: ExtensionOptions) {
    this.#client = client;
    const authorities = createAuthorities(systemClock);
    this.caBundle = Buffer.from(authorities['ca.crt']!).toString('base64');
    const dnsNames = [`${options.service}.${options.namespace ?? 'default'}.svc`];
    const leaf = { subject: { commonName: 'sample' }, usage: 'server', dnsNames } as const;
    const { key, cert } = issueLeaf(authorities, systemClock, leaf);
    this.#server = createServer({ key, cert, requestCert: true, rejectUnauthorized: false });
    this.#server.on('request', (request, response) => void this.#serve(request, response));
    this.#server.on('upgrade', (request: IncomingMessage, socket) => {
      const { 'x-remote-user': user } = request.headers;
      socket.end(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n${user}`);
    });
  }

  static async start(client: Client, options: ExtensionOptions): Promise<ExtensionServer> {
    const server = new ExtensionServer(client, options);
    await new Promise<void>(resolve => server.#server.listen(0, options.host, resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (code: number, body: object | string, contentType = 'application/json') => {
      response.writeHead(code, { 'content-type': contentType });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    this.heard = request;
    if (request.url!.includes('moved')) {
      response.writeHead(302, { location: '/elsewhere' });
      response.end();
      return;
    }
    try {
      const asker = await this.#identify(request);
      if (!asker) return send(401, failure(401, 'Unauthorized', 'Unauthorized'));
      const url = new URL(request.url!, 'https://x');
      const document = this.#document(url.pathname, String(request.headers.accept));
      if (document) return send(200, document.body, document.contentType);
      await this.#objectsOf(request, url, asker, send, response);
    } catch (error) {
      send(500, failure(500, 'InternalError', (error as Error).message));
    }
  }

  /** The front proxy's word, when its certificate is of the CA that the cluster names; else a token's review. */
  async #identify(request: IncomingMessage): Promise<Asker | undefined> {
    const { headers } = request;
    if (await this.#isFrontProxy(request.socket as TLSSocket)) {
      const list = (value: string | string[] | undefined) => [value ?? []].flat().flatMap(v => v.split(', '));
      const extra = Object.entries(headers)
        .filter(([name]) => name.startsWith('x-remote-extra-'))
        .map(([name, value]) => [decodeURIComponent(name.slice('x-remote-extra-'.length)), list(value)]);
      return {
        user: String(headers['x-remote-user']),
        ...(headers['x-remote-uid'] ? { uid: String(headers['x-remote-uid']) } : {}),
        groups: list(headers['x-remote-group']),
        extra: Object.fromEntries(extra),
      };
    }
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    if (!token) return undefined;
    const review = await this.#client.create(tokenReviews, { spec: { token } });
    const { authenticated, user } = review.status ?? {};
    return authenticated ? { user: user!.username!, groups: user!.groups ?? [], extra: {} } : undefined;
  }

  async #isFrontProxy(socket: TLSSocket): Promise<boolean> {
    const { raw } = socket.getPeerCertificate();
    if (!raw) return false;
    if (!this.#frontProxyCa) {
      const config = await this.#client.get(configMaps, 'kube-system', 'extension-apiserver-authentication');
      this.#frontProxyCa = config.data!['requestheader-client-ca-file']!;
    }
    const certificate = new X509Certificate(raw);
    const isNamed = /CN=front-proxy-client$/m.test(certificate.subject);
    return isNamed && certificate.verify(new X509Certificate(this.#frontProxyCa).publicKey);
  }

  #document(path: string, accept: string): { body: object; contentType?: string } | undefined {
    const groupVersion = { groupVersion: apiVersion, version };
    switch (path) {
      case '/apis':
        if (accept.includes('as=APIGroupDiscoveryList') && !this.legacyOnly) return aggregated();
        return {
          body: {
            kind: 'APIGroupList',
            apiVersion: 'v1',
            groups: [{ name: group, versions: [groupVersion] }],
          },
        };
      case `/apis/${apiVersion}`:
        return {
          body: {
            kind: 'APIResourceList',
            apiVersion: 'v1',
            groupVersion: apiVersion,
            resources: [resource],
          },
        };
      case '/openapi/v3':
        if (this.legacyOnly) return undefined;
        return {
          body: {
            paths: { [`apis/${apiVersion}`]: { serverRelativeURL: `/openapi/v3/apis/${apiVersion}?hash=1` } },
          },
        };
      case `/openapi/v3/apis/${apiVersion}`:
        return { body: { openapi: '3.0.0', info: { title: 'sample', version: 'x' }, paths: {} } };
      case '/openapi/v2':
        return { body: openApiV2 };
      default:
        return undefined;
    }
  }

  async #objectsOf(
    request: IncomingMessage,
    url: URL,
    asker: Asker,
    send: (code: number, body: object) => void,
    response: ServerResponse,
  ): Promise<void> {
    const match = /^\/apis\/[^/]+\/[^/]+(?:\/namespaces\/([^/]+))?\/flunders(?:\/([^/]+))?$/.exec(
      url.pathname,
    );
    if (!match)
      return send(404, failure(404, 'NotFound', 'the server could not find the requested resource'));
    const [, namespace = '', name = ''] = match;
    const watch = url.searchParams.get('watch');
    const verb = verbOf(request.method!, name, watch !== null && watch !== '0' && watch !== 'false');
    if (!(await this.#allows(asker, verb, namespace, name))) {
      return send(403, failure(403, 'Forbidden', `${asker.user} may not ${verb}`));
    }
    this.askers.push(asker);
    if (verb === 'watch') return this.#watch(namespace, response);
    send(...(await this.#act(verb, namespace, name, request)));
  }

  async #allows(asker: Asker, verb: string, namespace: string, name: string): Promise<boolean> {
    const { user, groups, extra } = asker;
    const resourceAttributes = { group, version, resource: 'flunders', verb, namespace, name };
    const spec = { user, groups: [...groups], extra: extra as Record<string, string[]>, resourceAttributes };
    const review = await this.#client.create(subjectAccessReviews, { spec });
    return review.status?.allowed ?? false;
  }

  async #act(
    verb: string,
    namespace: string,
    name: string,
    request: IncomingMessage,
  ): Promise<[number, object]> {
    const within = [...this.#objects.values()].filter(
      ({ metadata }) => !namespace || metadata.namespace === namespace,
    );
    const list = {
      apiVersion,
      kind: 'FlunderList',
      metadata: { resourceVersion: String(this.#revision) },
      items: within,
    };
    switch (verb) {
      case 'list':
        return [200, list];
      case 'deletecollection':
        for (const object of within) this.#remove(object);
        return [200, list];
      case 'create': {
        const body = JSON.parse(await text(request)) as Flunder;
        const uid = `uid-${++this.#revision}`;
        const metadata = { ...body.metadata, namespace, uid, resourceVersion: String(this.#revision) };
        const object = { ...body, apiVersion, kind: 'Flunder', metadata };
        this.#objects.set(`${namespace}/${metadata.name}`, object);
        this.#tell('ADDED', object);
        return [201, object];
      }
      default: {
        const object = this.#objects.get(`${namespace}/${name}`);
        if (!object) return [404, failure(404, 'NotFound', `flunders.${group} "${name}" not found`)];
        if (verb === 'delete') this.#remove(object);
        return [200, object];
      }
    }
  }

  #remove(object: Flunder): void {
    this.#objects.delete(`${object.metadata.namespace}/${object.metadata.name}`);
    const resourceVersion = String(++this.#revision);
    this.#tell('DELETED', { ...object, metadata: { ...object.metadata, resourceVersion } });
  }

  #tell(type: string, object: Flunder): void {
    for (const watcher of this.#watchers) watcher(type, object);
  }

  #watch(namespace: string, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const watcher = (type: string, object: Flunder) => {
      if (namespace && object.metadata.namespace !== namespace) return;
      response.write(`${JSON.stringify({ type, object })}\n`);
    };
    this.#watchers.add(watcher);
    response.on('close', () => this.#watchers.delete(watcher));
  }
}

function aggregated() {
  const contentType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const responseKind = { group, version, kind: 'Flunder' };
  const { singularName: singularResource } = resource;
  const served = { resource: 'flunders', responseKind, scope: 'Namespaced', singularResource, verbs };
  const items = [{ metadata: { name: group }, versions: [{ version, resources: [served] }] }];
  return {
    contentType,
    body: { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items },
  };
}

const openApiV2 = {
  swagger: '2.0',
  info: { title: 'sample', version: 'x' },
  paths: { [`/apis/${apiVersion}/flunders`]: {}, '/version': {} },
  definitions: { 'com.example.wardle.Flunder': { type: 'object', description: 'A flunder.' } },
};

function verbOf(method: string, name: string, watch: boolean): string {
  if (method === 'POST') return 'create';
  if (method === 'DELETE') return name ? 'delete' : 'deletecollection';
  return name ? 'get' : watch ? 'watch' : 'list';
}

function failure(code: number, reason: string, message: string) {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason, message, code };
}

async function text(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}
