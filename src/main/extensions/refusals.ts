import type { Authorizer, UserInfo } from '#apiserver/identity.ts';
import { attributesOf, parseRequest } from '#apiserver/request.ts';
import type { Log } from '#base/log.ts';
import type { Transport, TransportRequest } from '#client/transport.ts';
import { hasReason } from '#machinery/status.ts';
import type { Crashes } from './crashes.ts';

export interface ExtensionTransportOptions {
  readonly transport: Transport;
  readonly user: UserInfo;
  readonly authorizer: Authorizer;
  readonly extension: string;
  readonly log: Log;
  readonly crashes: Crashes;
}

/** An extension's way to the server, which tells the log which rule is missing where the extension may not do something. */
export function extensionTransport(options: ExtensionTransportOptions): Transport {
  const { transport, crashes } = options;
  const told = new Set<string>();
  const noting = async <T>(request: TransportRequest, watch: boolean, answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      if (hasReason(error, 'Forbidden')) await tellMissingRule(options, request, watch, told);
      throw error;
    }
  };
  return {
    request: request =>
      noting(
        request,
        false,
        crashes.leave(() => transport.request(request)),
      ),
    stream: request =>
      noting(
        request,
        false,
        crashes.leave(() => transport.stream(request)),
      ),
    watch: (request, handler) =>
      crashes.leave(() =>
        transport.watch(request, {
          event: event => handler.event(event),
          end: error => {
            if (hasReason(error, 'Forbidden')) void tellMissingRule(options, request, true, told);
            handler.end(error);
          },
        }),
      ),
  };
}

/** Says nothing where it is admission that refused, nor what it has said before. */
async function tellMissingRule(
  { user, authorizer, extension, log }: ExtensionTransportOptions,
  { method, path, query }: TransportRequest,
  watch: boolean,
  told: Set<string>,
): Promise<void> {
  const parameters = new URLSearchParams(query as Record<string, string>);
  if (watch) parameters.set('watch', '1');
  const attributes = attributesOf(parseRequest(method, path, parameters), user);
  if ((await authorizer.authorize(attributes)).decision === 'allow') return;
  const { verb, group, resource, subresource, namespace } = attributes;
  const full = subresource ? `${resource}/${subresource}` : resource;
  const rule = `{ apiGroups: ['${group}'], resources: ['${full}'], verbs: ['${verb}'] }`;
  if (told.has(rule)) return;
  told.add(rule);
  const where = namespace ? ` in namespace ${namespace}` : '';
  log.warn(`extension ${extension} may not ${verb} ${full}${where}: its rbac lacks ${rule}`);
}
