import { z } from 'zod';
import { nameRequest } from '../../shared/operate/failover/name-request';
import { operatorRequest } from '../../shared/operate/operator-request';

/** A person's verb about pools, or about a public name. */
export const operatorInput = z.discriminatedUnion('verb', [operatorRequest, nameRequest]);
