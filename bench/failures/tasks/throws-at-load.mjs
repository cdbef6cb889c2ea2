// @ts-check
throw new RangeError('thrown at load');
