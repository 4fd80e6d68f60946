import type { Secret, ServiceAccount } from '#api/generated/types/core.v1.ts';
import { RecentCache } from '#base/recent-cache.ts';
import type { UserInfo } from '../../identity.ts';
import type { TokenMetrics } from '../token-metrics.ts';
import { JwtKey, peekClaims } from './jwt.ts';
import type { ObjectReader } from './object-reader.ts';
import {
  audienceRefusal,
  InvalidTokenError,
  signedKept,
  type VerifiedToken,
} from './service-account-tokens.ts';
import { authenticated, serviceAccountGroups, serviceAccountUsername } from './user.ts';

const issuer = 'kubernetes/serviceaccount';
const prefix = 'kubernetes.io/serviceaccount';

/** A token to be kept in a Secret. */
export interface SecretToken {
  readonly namespace: string;
  readonly serviceAccount: { readonly name: string; readonly uid: string };
  readonly secretName: string;
}

export interface SecretTokenOptions {
  /** PEM of the signing key, 'sa.key'. */
  readonly key: string;
  /** Audiences that mean the API server, for which alone these tokens are good. */
  readonly audiences: readonly string[];
  readonly objects: ObjectReader;
  readonly metrics: TokenMetrics;
  /** Told of each Secret whose token somebody shows. */
  readonly used?: (secret: Secret) => void;
}

/** What a token says, and whose it is: the same object each time that it is shown. */
interface Signed extends SecretToken {
  readonly user: UserInfo;
}

/** On a token that nobody had used for long: it is no good any more, until somebody takes the label away (KEP-2799). */
const invalidSinceLabel = 'kubernetes.io/legacy-token-invalid-since';

/** The tokens without an end of Secrets of type kubernetes.io/service-account-token: good while their Secret is there. */
export class SecretTokens {
  readonly #options: SecretTokenOptions;
  readonly #key: JwtKey;
  /** Tokens whose signature is good. Whatever can change is looked at each time. */
  readonly #signed = new RecentCache<string, Signed>(signedKept);

  constructor(options: SecretTokenOptions) {
    this.#options = options;
    this.#key = new JwtKey(options.key);
  }

  issue({ namespace, serviceAccount, secretName }: SecretToken): string {
    return this.#key.sign({
      iss: issuer,
      [`${prefix}/namespace`]: namespace,
      [`${prefix}/secret.name`]: secretName,
      [`${prefix}/service-account.name`]: serviceAccount.name,
      [`${prefix}/service-account.uid`]: serviceAccount.uid,
      sub: serviceAccountUsername(namespace, serviceAccount.name),
    });
  }

  /** Undefined when it is no token of this kind; throws InvalidTokenError when it is, and is no good. */
  verify(token: string, audiences: readonly string[] = []): VerifiedToken | undefined {
    const known = this.#signed.get(token);
    if (!known && peekClaims(token)?.iss !== issuer) return undefined;
    const asked = audiences.length > 0 ? audiences : this.#options.audiences;
    const matching = this.#options.audiences.filter(one => asked.includes(one));
    if (matching.length === 0) throw new InvalidTokenError(audienceRefusal(this.#options.audiences, asked));
    const { namespace, secretName, serviceAccount, user } = known ?? this.#checkSignature(token);
    const secret = this.#options.objects.get('core/secrets', `${namespace}/${secretName}`) as
      | Secret
      | undefined;
    if (!secret || secret.metadata.deletionTimestamp)
      throw new InvalidTokenError('service account token has been invalidated');
    if (secret.data?.token !== Buffer.from(token).toString('base64')) {
      throw new InvalidTokenError("service account token does not match server's copy");
    }
    const accountKey = `${namespace}/${serviceAccount.name}`;
    const account = this.#options.objects.get('core/serviceaccounts', accountKey) as
      | ServiceAccount
      | undefined;
    if (!account) throw new InvalidTokenError(`serviceaccounts "${serviceAccount.name}" not found`);
    const { uid, deletionTimestamp } = account.metadata;
    if (deletionTimestamp)
      throw new InvalidTokenError(`service account ${namespace}/${serviceAccount.name} has been deleted`);
    if (uid !== serviceAccount.uid) {
      throw new InvalidTokenError(
        `service account UID (${uid}) does not match claim (${serviceAccount.uid})`,
      );
    }
    const { used, metrics } = this.#options;
    used?.(secret);
    if (secret.metadata.labels?.[invalidSinceLabel]) {
      metrics.invalid();
      throw new InvalidTokenError(
        `the token in secret ${namespace}/${secretName} for service account ${namespace}/${serviceAccount.name} has been marked invalid`,
      );
    }
    metrics.legacy();
    // An account names those that came with it.
    const isAutomatic = account.secrets?.some(({ name }) => name === secretName) ?? false;
    (isAutomatic ? metrics.automatic : metrics.manual)();
    return { user, audiences: matching };
  }

  /** Its signature was good when it was shown before. */
  knows(token: string): boolean {
    return this.#signed.get(token) !== undefined;
  }

  #checkSignature(token: string): Signed {
    const claims = this.#key.verify(token);
    if (!claims) throw new InvalidTokenError(this.#key.refusal(token));
    const text = (name: string) => {
      const value = claims[`${prefix}/${name}`];
      if (typeof value !== 'string' || value === '')
        throw new InvalidTokenError('service account token could not be validated');
      return value;
    };
    const namespace = text('namespace');
    const serviceAccount = { name: text('service-account.name'), uid: text('service-account.uid') };
    const user = authenticated({
      name: serviceAccountUsername(namespace, serviceAccount.name),
      uid: serviceAccount.uid,
      groups: serviceAccountGroups(namespace),
    });
    const signed = { namespace, secretName: text('secret.name'), serviceAccount, user };
    this.#signed.set(token, signed);
    return signed;
  }
}
