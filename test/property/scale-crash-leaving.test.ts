import { describe, it } from '@jest/globals';
import { endsAlike } from '../support/scale-crash-lives';
import { LEAVING_STORIES } from '../support/scale-crash-stories';

describe('a worker that dies while instances leave', () => {
  it.each(LEAVING_STORIES)(
    'leaves a world that its successor brings to the same end: $name',
    endsAlike,
    200_000,
  );
});
