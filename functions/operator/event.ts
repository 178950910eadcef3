export { operatorRequest as operatorInput } from '../../shared/operate/operator-request';
