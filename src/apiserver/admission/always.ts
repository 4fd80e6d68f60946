import { forbidden } from './denial.ts';
import type { AdmissionPlugin } from './plugin.ts';
import type { AdmissionRequest } from './request.ts';

/** Nobody minds. */
export const alwaysAdmit: AdmissionPlugin = { name: 'AlwaysAdmit', mutate() {}, validate() {} };

/** Nothing is written at all. */
export const alwaysDeny: AdmissionPlugin = { name: 'AlwaysDeny', mutate: deny, validate: deny };

function deny(request: AdmissionRequest): never {
  throw forbidden(request, 'admission control is denying all modifications');
}
