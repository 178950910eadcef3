import { z } from 'zod';
import { nameRequest } from '../../shared/operate/failover/name-request';
import { operatorRequest } from '../../shared/operate/operator-request';
import { policyRequest } from '../../shared/operate/policy/policy-request';

/** A person's verb about pools, about a public name, or about the policy in the store. */
export const operatorInput = z.discriminatedUnion('verb', [
  operatorRequest,
  nameRequest,
  policyRequest,
]);
