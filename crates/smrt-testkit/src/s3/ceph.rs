//! Ceph.
pub(super) fn start() -> Option<super::S3Server> {
    None
}
