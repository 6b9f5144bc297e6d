"""`make bench`: every measurement, one after the other."""

from tests.perf import clv_fit, identity_scale

if __name__ == "__main__":
    clv_fit.main()
    identity_scale.main()
