import type { ResourceDefinition } from '#api/definition.ts';
import { table } from '#base/members.ts';
import { type StatusError, statusError } from '#machinery/status.ts';
import { checkBodyType } from '../decode.ts';
import { listedTypes, shownTypes, unrouted } from '../http/negotiate.ts';
import { type ApiResponse, noSuchPage } from '../response.ts';
import { isApply } from './apply.ts';
import { bindingHandler } from './binding.ts';
import { componentStatusHandler } from './component-status.ts';
import type { ResourceRequest, Services } from './context.ts';
import { evictionHandler } from './eviction.ts';
import { connectHandler } from './connect.ts';
import { checkWriteOptions } from './options.ts';
import { isPartial, partialUpdateHandler } from './partial-update.ts';
import { checkPatchType, patchHandler, tellPatch } from './patch.ts';
import { proxyHandler } from './proxy.ts';
import { getObject, listObjects } from './read.ts';
import { deleteCollectionHandler, deleteHandler } from './remove.ts';
import { reviewHandler, reviews } from './reviews.ts';
import { scaleHandler } from './scale.ts';
import { tokenHandler } from './token.ts';
import { watchObjects } from './watch.ts';
import { createHandler, updateHandler } from './write.ts';

export type Handler = (services: Services, call: ResourceRequest) => ApiResponse | Promise<ApiResponse>;

const verbs = table<Handler>({
  create: createHandler,
  delete: deleteHandler,
  deletecollection: deleteCollectionHandler,
  get: getObject,
  list: listObjects,
  patch: patchHandler,
  update: updateHandler,
  watch: watchObjects,
});

const allVerbs = Object.keys(verbs);

/** Subresources of every kind that has them. */
const commonSubresources: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  status: { get: getObject, update: updateHandler, patch: patchHandler },
  scale: { get: scaleHandler, update: scaleHandler, patch: scaleHandler },
};

const proxied: Readonly<Record<string, Handler>> = {
  '': proxyHandler,
  create: proxyHandler,
  delete: proxyHandler,
  get: proxyHandler,
  patch: proxyHandler,
  update: proxyHandler,
};

/** Subresources of one kind, by 'group/resource/subresource'. */
const ownSubresources: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  'core/pods/binding': { create: bindingHandler },
  'core/pods/eviction': { create: evictionHandler },
  'core/serviceaccounts/token': { create: tokenHandler },
  'core/nodes/proxy': proxied,
  'core/pods/proxy': proxied,
  'core/services/proxy': proxied,
  'core/pods/log': { get: connectHandler },
  'core/pods/exec': { get: connectHandler, create: connectHandler },
  'core/pods/attach': { get: connectHandler, create: connectHandler },
  'core/pods/portforward': { get: connectHandler, create: connectHandler },
};

/** Finds who serves a request; throws NotFound or MethodNotAllowed. */
export function route(call: ResourceRequest): Handler {
  const { info, request } = call;
  const { conversion } = call.served.definition;
  const handler = info.subresource === '' ? routeResource(call) : routeSubresource(call);
  // Of what is built in, only proxies have a route for HEAD.
  if (request.method === 'HEAD' && !conversion && info.subresource !== 'proxy') throw notAllowed(call);
  if (info.subresource !== '' && info.name === '') throw nameless(call);
  if (info.verb === 'patch' && info.subresource !== 'proxy') checkPatchType(call);
  if (!connected.has(info.subresource)) checkAccept(call);
  if (info.verb === 'create' || info.verb === 'update') checkBodyType(request);
  checkWriteOptions(info.verb, request.query, isApply(call));
  if (info.verb === 'patch' && info.subresource !== 'proxy') tellPatch(request);
  return handler;
}

/** Subresources that pass on what they are answered, in whatever form. */
const connected = new Set(['attach', 'exec', 'portforward', 'proxy']);

/** Logs are lines, and their refusals objects. */
const logTypes: readonly string[] = ['text/plain', ...shownTypes];

/** Custom resources have no routes that know of types. Throws NotAcceptable. */
function checkAccept({ request, info, served }: ResourceRequest): void {
  const isMany = info.verb === 'list' || info.verb === 'watch';
  const { accept } = request.headers;
  const produced = isMany ? listedTypes : info.subresource === 'log' ? logTypes : shownTypes;
  const refused = served.definition.conversion ? undefined : unrouted(accept, produced);
  if (refused ?? request.unacceptable) throw refused ?? request.unacceptable;
}

function routeSubresource(call: ResourceRequest): Handler {
  const { info } = call;
  if (call.served.definition.conversion && isOutOfScope(call)) return nowhere(call);
  const table = isBelow(call) ? undefined : subresourceTable(call);
  if (!table) throw noSuchSubresource(call);
  // Of the methods that are no verb, proxies take one.
  const handler = info.verb !== '' || call.request.method === 'OPTIONS' ? table[verbBelow(call)] : undefined;
  if (!handler) throw notAllowed(call);
  return handler;
}

/** What a path without a name is to upstream's router: one of an object all the same. */
function verbBelow({ served, info }: ResourceRequest): string {
  return info.verb === 'list' && !served.definition.conversion ? 'get' : info.verb;
}

/** Why nothing is done with an object that has no name. */
function nameless(call: ResourceRequest): StatusError {
  if (call.info.verb === 'patch') checkPatchType(call);
  return statusError.badRequest('name must be provided');
}

/** In a namespace though the resource is in none, or the other way around. */
function isOutOfScope({ served, info }: ResourceRequest): boolean {
  return served.definition.namespaced === (info.namespace === '');
}

/** Deeper than any path of a subresource but a proxy's. */
function isBelow({ served, info }: ResourceRequest): boolean {
  if (served.definition.conversion || info.subresource === 'proxy') return false;
  return info.rest.length > 0;
}

/** Custom resources are routed by a handler of their own, which says what it does not do. */
function notAllowed({ served, info }: ResourceRequest): StatusError {
  return served.definition.conversion
    ? statusError.methodNotSupported(served.what, info.verb)
    : statusError.methodNotAllowed();
}

/** Custom resources answer for whatever is below them. */
function noSuchSubresource({ served, info }: ResourceRequest): StatusError {
  return served.definition.conversion
    ? statusError.notFound(served.what, info.name)
    : statusError.noSuchPath();
}

function routeResource(call: ResourceRequest): Handler {
  const { served, info } = call;
  const { namespaced, conversion, verbs: definitionVerbs } = served.definition;
  const inNamespace = info.namespace !== '' && served.bucket !== 'core/namespaces';
  // A selector names an object, too, but not in the path.
  const isOfOne = info.name !== '' && info.fieldSelector === '';
  if ((!namespaced && inNamespace) || isNamespaceInNamespace(call)) return nowhere(call);
  if (namespaced && info.namespace === '' && isOfOne) return nowhere(call);
  if (!isListed(served.definition) && (isOfOne || (namespaced && !inNamespace))) return nowhere(call);
  if (info.verb === 'watch' && call.request.method !== 'GET' && !conversion) throw notAllowed(call);
  if (!(definitionVerbs ?? allVerbs).includes(info.verb)) throw notAllowed(call);
  if (namespaced && info.namespace === '' && info.verb !== 'list' && info.verb !== 'watch') {
    if (!conversion) throw statusError.methodNotAllowed();
    return nowhere(call);
  }
  if (info.verb === 'create' && info.name !== '') throw notAllowed(call);
  if ((info.verb === 'update' || info.verb === 'patch') && info.name === '') {
    if (!conversion) throw statusError.methodNotAllowed();
    throw nameless(call);
  }
  if (served.bucket in reviews) return reviewHandler;
  if (served.bucket === 'core/bindings') return bindingHandler;
  if (served.bucket === 'core/componentstatuses') return componentStatusHandler;
  return verbs[info.verb]!;
}

/** What is only created has no path but the one to create it at. */
function isListed({ verbs: its = allVerbs }: ResourceDefinition): boolean {
  return its.some(verb => verb !== 'create');
}

/** Both are the place of a namespace to the parser, and upstream's router has the shorter path alone. */
function isNamespaceInNamespace({ served, info }: ResourceRequest): boolean {
  if (served.bucket !== 'core/namespaces' || info.namespace === '') return false;
  return /\/namespaces\/+[^/]+\/+namespaces(\/|$)/.test(info.path);
}

/** Of custom resources, whose group upstream's router does not know, not even a Status. */
function nowhere({ served }: ResourceRequest): Handler {
  if (!served.definition.conversion) throw statusError.noSuchPath();
  return () => noSuchPage;
}

const partialSubresource = table<Handler>({
  get: partialUpdateHandler,
  update: partialUpdateHandler,
  patch: partialUpdateHandler,
});
const updatedSubresource = table<Handler>({ update: partialUpdateHandler });

function subresourceTable(call: ResourceRequest): Readonly<Record<string, Handler>> | undefined {
  const { definition, bucket } = call.served;
  const { subresource } = call.info;
  if (subresource === 'status' && definition.statusSubresource) return commonSubresources.status;
  if (subresource === 'scale' && definition.scale) return commonSubresources.scale;
  if (isPartial(bucket, subresource)) {
    const listed = definition.extraSubresources?.find(({ name }) => name === subresource);
    return listed?.verbs.includes('get') ? partialSubresource : updatedSubresource;
  }
  return ownSubresources[`${bucket}/${subresource}`];
}
