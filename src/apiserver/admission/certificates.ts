import type { CertificateSigningRequest } from '#api/generated/types/certificates.v1.ts';
import { deepEqual } from '#base/equal.ts';
import type { Authorizer } from '../identity.ts';
import { readRequestedSubject } from '../pki/certificate-request.ts';
import { forbidden } from './denial.ts';
import { type AdmissionPlugin, type RequestKind, creationOf } from './plugin.ts';
import type { AdmissionRequest } from './request.ts';

const bucket = 'certificates.k8s.io/certificatesigningrequests';

/** Whether the user may do this to requests for a signer: by its name, or by its whole domain. */
async function isAuthorized(
  authorizer: Authorizer,
  { user }: AdmissionRequest,
  verb: string,
  signerName: string,
): Promise<boolean> {
  const domain = `${signerName.slice(0, signerName.indexOf('/'))}/*`;
  for (const name of [signerName, domain]) {
    const { decision } = await authorizer.authorize({
      user,
      verb,
      isResource: true,
      group: 'certificates.k8s.io',
      version: '*',
      resource: 'signers',
      subresource: '',
      namespace: '',
      name,
      path: '',
    });
    if (decision === 'allow') return true;
  }
  return false;
}

async function mustBeAuthorized(
  authorizer: Authorizer,
  request: AdmissionRequest,
  verb: string,
): Promise<void> {
  const { signerName } = (request.old as CertificateSigningRequest).spec;
  if (await isAuthorized(authorizer, request, verb, signerName)) return;
  const why = `user not permitted to ${verb} requests with signerName ${JSON.stringify(signerName)}`;
  throw forbidden(request, why);
}

function isUpdateOf({ served, operation, subresource }: RequestKind, name: string): boolean {
  return served.bucket === bucket && operation === 'UPDATE' && subresource === name;
}

/** Who approves or denies a request must be allowed to for its signer. */
export function certificateApproval(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateApproval',
    concerns: kind => isUpdateOf(kind, 'approval'),
    validate: request => mustBeAuthorized(authorizer, request, 'approve'),
  };
}

/** Who issues the certificate, or says that it failed, must be allowed to for the signer. */
export function certificateSigning(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateSigning',
    concerns: kind => isUpdateOf(kind, 'status'),
    validate(request) {
      const [now, old] = [request.object, request.old].map(csr => (csr as CertificateSigningRequest).status);
      const isUnchanged =
        (now?.certificate ?? '') === (old?.certificate ?? '') &&
        deepEqual(now?.conditions ?? [], old?.conditions ?? []);
      return isUnchanged ? undefined : mustBeAuthorized(authorizer, request, 'sign');
    },
  };
}

const apiServerClient = 'kubernetes.io/kube-apiserver-client';

/** Nobody gets a client certificate that makes them an administrator beyond RBAC. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  concerns: creationOf(bucket),
  validate(asked) {
    const { signerName, request } = (asked.object as CertificateSigningRequest).spec;
    if (signerName !== apiServerClient) return;
    let organizations: readonly string[];
    try {
      organizations = readRequestedSubject(atob(request)).organizations ?? [];
    } catch (error) {
      throw forbidden(asked, `failed to parse CSR: ${(error as Error).message}`);
    }
    if (organizations.includes('system:masters')) {
      throw forbidden(asked, `use of ${signerName} signer with system:masters group is not allowed`);
    }
  },
};
