import { certificateSigningRequests } from '#api/generated/refs.ts';
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
} from '#api/generated/types/certificates.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import { orNotFound } from '#client/retry.ts';
import { type Controller, defineController } from '#runtime/controller.ts';
import { type CertificateAuthority, conditionOf, signerRules } from '../shared/certificate-requests.ts';

/** What a request that names no lifetime gets, and the most that any gets (--cluster-signing-duration). */
const lifetimeMsMax = 365 * 24 * 3_600_000;

/** Signs approved requests to the signers of the cluster's CA; those that break their signer's rules are marked Failed. */
export function csrSigningController(authority: CertificateAuthority): Controller {
  return defineController({
    name: 'csrsigning',
    component: 'certificate-controller',
    setup: ({ client, clock, informer }) => {
      const requests = informer(certificateSigningRequests);
      const write = (request: CertificateSigningRequest, status: CertificateSigningRequest['status']) =>
        orNotFound(
          client.update(
            certificateSigningRequests,
            { ...request, status: { ...request.status, ...status } },
            { subresource: 'status' },
          ),
        );
      const failed = (message: string): CertificateSigningRequestCondition => {
        const now = toRfc3339(clock.now());
        const reason = 'SignerValidationFailure';
        return {
          type: 'Failed',
          status: 'True',
          reason,
          message,
          lastUpdateTime: now,
          lastTransitionTime: now,
        };
      };
      return {
        for: certificateSigningRequests,
        reconcile: async name => {
          const request = requests.get(name);
          if (!request || !isDue(request)) return;
          const refusal = refusalOf(authority, request);
          if (refusal !== '') {
            const conditions = [...(request.status?.conditions ?? []), failed(refusal)];
            await write(request, { conditions });
            return;
          }
          const { expirationSeconds, usages } = request.spec;
          const wanted = expirationSeconds === undefined ? lifetimeMsMax : expirationSeconds * 1000;
          const lifetimeMs = Math.min(wanted, lifetimeMsMax);
          await write(request, {
            certificate: authority.sign(request.spec.request, usages ?? [], lifetimeMs),
          });
        },
      };
    },
  });
}

function isDue(request: CertificateSigningRequest): boolean {
  if (request.status?.certificate || !Object.hasOwn(signerRules, request.spec.signerName)) return false;
  const has = (type: string) => conditionOf(request, type) !== undefined;
  return has('Approved') && !has('Denied') && !has('Failed');
}

function refusalOf(authority: CertificateAuthority, { spec }: CertificateSigningRequest): string {
  try {
    return signerRules[spec.signerName]!(authority.read(spec.request), spec.usages ?? []);
  } catch (error) {
    return `unable to parse csr: ${(error as Error).message}`;
  }
}
