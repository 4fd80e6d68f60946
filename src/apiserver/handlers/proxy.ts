import { statusError } from '#machinery/status.ts';
import type { Backend } from '../proxy/backends.ts';
import { forward, isUpgrade } from '../proxy/forward.ts';
import { nodeBackend, nodeTarget, podBackend, serviceBackend } from '../proxy/locations.ts';
import type { ApiResponse } from '../response.ts';
import { admitConnection } from './admit.ts';
import { kubeletAddress } from './connect.ts';
import type { ResourceRequest, Services } from './context.ts';

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** The proxy subresource of pods, services and nodes: every method, and connections that are upgraded. */
export async function proxyHandler(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  const { request } = call;
  if (!methods.has(request.method)) throw statusError.methodNotAllowed();
  const path = pathBehindProxy(request.path);
  await admitConnection(services, call, path ? { path } : {});
  const backend = backendOf(services, call);
  if (path === '' && !isUpgrade(request) && (request.method === 'GET' || request.method === 'HEAD')) {
    return toDirectory(call);
  }
  return forward({ backends: services.backends, backend, request, path: path || '/' });
}

function backendOf(services: Services, { info, served }: ResourceRequest): Backend {
  const { namespace, name } = info;
  switch (served.definition.resource) {
    case 'pods':
      return podBackend(services, namespace, name);
    case 'services':
      return serviceBackend(services, namespace, name);
    default:
      return backendOfNode(services, name);
  }
}

function backendOfNode(services: Services, text: string): Backend {
  const { node, name } = nodeTarget(services, text);
  const kubelet = kubeletAddress(node);
  const tls = services.kubeletTls();
  const isKubelet = name.port === '' || Number(name.port) === kubelet.port;
  return isKubelet ? { ...kubelet, ...(tls ? { tls } : {}) } : nodeBackend(name, kubelet.host);
}

/** As it was sent: what is escaped stays escaped. '' where nothing follows, not even a slash. */
function pathBehindProxy(path: string): string {
  return /^\/+api\/+v1\/+(?:namespaces\/+[^/]+\/+)?[^/]+\/+[^/]+\/+proxy(.*)$/s.exec(path)?.[1] ?? '';
}

/** Relative links of a server's first page lead somewhere only behind a slash. */
function toDirectory({ request }: ResourceRequest): ApiResponse {
  const query = request.query.toString();
  const location = `${request.path}/${query === '' ? '' : `?${query}`}`;
  return { type: 'bytes', status: 301, contentType: 'text/plain', body: '', headers: { location } };
}
