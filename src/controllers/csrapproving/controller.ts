import { certificateSigningRequests, subjectAccessReviews } from '#api/generated/refs.ts';
import type { CertificateSigningRequest } from '#api/generated/types/certificates.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import type { Client } from '#client/client.ts';
import { orNotFound } from '#client/retry.ts';
import { type Controller, defineController } from '#runtime/controller.ts';
import {
  type CertificateAuthority,
  type RequestedNames,
  conditionOf,
  signerRules,
} from '../shared/certificate-requests.ts';

const signerName = 'kubernetes.io/kube-apiserver-client-kubelet';

/** Kinds of requests that are approved for who may create the subresource, the narrower first. */
const recognized = [
  {
    subresource: 'selfnodeclient',
    matches: (request: CertificateSigningRequest, { commonName }: RequestedNames) =>
      request.spec.username === commonName,
    message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
  },
  {
    subresource: 'nodeclient',
    matches: () => true,
    message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
  },
];

/** Approves kubelets' requests for client certificates where RBAC lets their authors have them. */
export function csrApprovingController(authority: CertificateAuthority): Controller {
  return defineController({
    name: 'csrapproving',
    component: 'certificate-controller',
    setup: ({ client, clock, informer }) => {
      const requests = informer(certificateSigningRequests);
      return {
        for: certificateSigningRequests,
        reconcile: async name => {
          const request = requests.get(name);
          const names = request && kubeletNames(authority, request);
          if (!names) return;
          for (const { subresource, matches, message } of recognized) {
            if (!matches(request, names) || !(await isAllowed(client, request, subresource))) continue;
            const now = toRfc3339(clock.now());
            const times = { lastUpdateTime: now, lastTransitionTime: now };
            const condition = { type: 'Approved', status: 'True', reason: 'AutoApproved', message, ...times };
            const status = {
              ...request.status,
              conditions: [...(request.status?.conditions ?? []), condition],
            };
            const approved = { ...request, status };
            await orNotFound(
              client.update(certificateSigningRequests, approved, { subresource: 'approval' }),
            );
            return;
          }
        },
      };
    },
  });
}

/** Of a kubelet's request that nobody has judged; undefined for every other. */
function kubeletNames(
  authority: CertificateAuthority,
  request: CertificateSigningRequest,
): RequestedNames | undefined {
  const { spec, status } = request;
  if (spec.signerName !== signerName || status?.certificate) return undefined;
  if (conditionOf(request, 'Approved') || conditionOf(request, 'Denied')) return undefined;
  try {
    const names = authority.read(spec.request);
    return signerRules[signerName]!(names, spec.usages ?? []) === '' ? names : undefined;
  } catch {
    // Nobody approves what cannot be read; the signer says why, should somebody approve it by hand.
    return undefined;
  }
}

async function isAllowed(
  client: Client,
  { spec }: CertificateSigningRequest,
  subresource: string,
): Promise<boolean> {
  const resourceAttributes = {
    group: 'certificates.k8s.io',
    resource: 'certificatesigningrequests',
    verb: 'create',
    subresource,
  };
  const { username, uid, groups, extra } = spec;
  const review = await client.create(subjectAccessReviews, {
    spec: {
      user: username ?? '',
      ...(uid ? { uid } : {}),
      ...(groups ? { groups } : {}),
      ...(extra ? { extra } : {}),
      resourceAttributes,
    },
  });
  return review.status?.allowed === true;
}
