import { secrets, serviceAccounts } from '#api/generated/refs.ts';
import type { Secret, ServiceAccount } from '#api/generated/types/core.v1.ts';
import { orNotFound } from '#client/retry.ts';
import { type Controller, defineController, watching } from '#runtime/controller.ts';
import { unseenMs } from '../shared/unseen.ts';

const tokenType = 'kubernetes.io/service-account-token';
const nameAnnotation = 'kubernetes.io/service-account.name';
const uidAnnotation = 'kubernetes.io/service-account.uid';

/** Signs the token that a Secret of this namespace and name is to hold. */
export type IssueSecretToken = (token: {
  readonly namespace: string;
  readonly serviceAccount: { readonly name: string; readonly uid: string };
  readonly secretName: string;
}) => string;

export interface ServiceAccountTokenOptions {
  /** PEM of the CA that signs the API server's certificate. */
  readonly rootCa: string;
  readonly issueSecretToken: IssueSecretToken;
}

/** Fills Secrets of type kubernetes.io/service-account-token, and deletes them with their ServiceAccount. */
export function serviceAccountTokenController(options: ServiceAccountTokenOptions): Controller {
  const only = { fieldSelector: `type=${tokenType}` };
  return defineController({
    name: 'serviceaccount-token',
    component: 'tokens-controller',
    setup: ({ client, informer }) => {
      const tokens = informer(secrets, only);
      const accounts = informer(serviceAccounts);
      const keyOf = ({ metadata }: Secret) => `${metadata.namespace}/${metadata.name}`;
      const ofAccount = ({ metadata }: ServiceAccount) =>
        tokens
          .list()
          .filter(secret => accountKeyOf(secret) === `${metadata.namespace}/${metadata.name}`)
          .map(keyOf);
      return {
        watches: [watching(secrets, secret => [keyOf(secret)], only), watching(serviceAccounts, ofAccount)],
        reconcile: async key => {
          const secret = tokens.get(key);
          if (!secret || secret.metadata.deletionTimestamp) return {};
          const { namespace = '', name = '', uid, resourceVersion } = secret.metadata;
          const accountName = secret.metadata.annotations?.[nameAnnotation] ?? '';
          const known = accounts.get(`${namespace}/${accountName}`);
          const account = known ?? (await orNotFound(client.get(serviceAccounts, namespace, accountName)));
          if (!account || !isOf(account, secret)) {
            const preconditions = { uid, resourceVersion };
            await orNotFound(client.delete(secrets, namespace, name, { preconditions }));
            return {};
          }
          const filled = fill(options, secret, account);
          if (filled) await orNotFound(client.update(secrets, filled));
          return known ? {} : { requeueAfterMs: unseenMs };
        },
      };
    },
  });
}

function accountKeyOf({ metadata }: Secret): string {
  return `${metadata.namespace}/${metadata.annotations?.[nameAnnotation]}`;
}

function isOf(account: ServiceAccount, { metadata }: Secret): boolean {
  const uid = metadata.annotations?.[uidAnnotation];
  return !uid || uid === account.metadata.uid;
}

/** The Secret with all that it should hold; undefined where it holds that already. */
function fill(
  { rootCa, issueSecretToken }: ServiceAccountTokenOptions,
  secret: Secret,
  account: ServiceAccount,
): Secret | undefined {
  const { namespace = '', name = '', annotations } = secret.metadata;
  const { name: accountName = '', uid = '' } = account.metadata;
  const current = secret.data ?? {};
  const serviceAccount = { name: accountName, uid };
  const data = {
    ...current,
    namespace: base64(namespace),
    token: current.token || base64(issueSecretToken({ namespace, serviceAccount, secretName: name })),
    ...(rootCa === '' ? {} : { 'ca.crt': base64(rootCa) }),
  };
  const isFull =
    annotations?.[uidAnnotation] === uid &&
    Object.entries(data).every(([key, value]) => current[key] === value);
  if (isFull) return undefined;
  const metadata = { ...secret.metadata, annotations: { ...annotations, [uidAnnotation]: uid } };
  return { ...secret, metadata, data };
}

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}
