// A module that exports data alone.
export const port = 8080;
export const hosts = ['one', 'other'];
