import { timingSafeEqual } from 'node:crypto';
import type { Secret } from '#api/generated/types/core.v1.ts';
import type { Clock } from '#base/clock.ts';
import type { UserInfo } from '../../identity.ts';
import type { ObjectReader } from './object-reader.ts';

const pattern = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const groupPattern = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const defaultGroup = 'system:bootstrappers';

function field(secret: Secret, name: string): string {
  return Buffer.from(secret.data?.[name] ?? '', 'base64').toString('utf8');
}

function sameSecret(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}

/** Tokens by which nodes join: Secrets of kube-system, as kubeadm makes them. Undefined when there is no such token. */
export function authenticateBootstrapToken(
  token: string,
  objects: ObjectReader,
  clock: Clock,
): UserInfo | undefined {
  const [, id, value] = pattern.exec(token) ?? [];
  if (id === undefined || value === undefined) return undefined;
  const secret = objects.get('core/secrets', `kube-system/bootstrap-token-${id}`) as Secret | undefined;
  if (!secret || secret.metadata.deletionTimestamp || secret.type !== 'bootstrap.kubernetes.io/token')
    return undefined;
  const expiration = field(secret, 'expiration');
  const isUsable =
    field(secret, 'token-id') === id &&
    sameSecret(field(secret, 'token-secret'), value) &&
    field(secret, 'usage-bootstrap-authentication') === 'true' &&
    (expiration === '' || Date.parse(expiration) > clock.now());
  if (!isUsable) return undefined;
  const more = field(secret, 'auth-extra-groups')
    .split(',')
    .filter(group => group !== '');
  if (!more.every(group => groupPattern.test(group))) return undefined;
  return { name: `system:bootstrap:${id}`, groups: [...new Set([defaultGroup, ...more])].sort() };
}
