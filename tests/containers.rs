//! Archives of every kind, whole, broken and hostile.

mod support;

use std::io::{Cursor, Read as _, Write as _};

use support::{BOOK, files_of, report_on};
use unready::bundle::{self, Bundle, Limits};
use unready::report::Report;

type Files = Vec<(String, Vec<u8>)>;

fn tar(files: &Files) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_entry_type(tar::EntryType::Regular);
        builder.append_data(&mut header, path, bytes.as_slice()).expect("a member can be added");
    }
    builder.into_inner().expect("an archive can be finished")
}

/// A tar with one member of any name and kind.
fn tar_of(name: &str, kind: tar::EntryType, link: &str) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.as_gnu_mut().expect("it is a GNU header").name[..name.len()]
        .copy_from_slice(name.as_bytes());
    header.as_gnu_mut().expect("it is a GNU header").linkname[..link.len()]
        .copy_from_slice(link.as_bytes());
    header.set_size(0);
    header.set_entry_type(kind);
    header.set_cksum();
    let mut builder = tar::Builder::new(Vec::new());
    builder.append(&header, std::io::empty()).expect("a member can be added");
    builder.into_inner().expect("an archive can be finished")
}

fn zip(files: &Files) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated);
        writer.start_file(path.as_str(), options).expect("a member can be added");
        writer.write_all(bytes).expect("a member can be written");
    }
    writer.finish().expect("an archive can be finished").into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("bytes can be packed");
    encoder.finish().expect("bytes can be packed")
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    liblzma::read::XzEncoder::new(bytes, 1).read_to_end(&mut out).expect("bytes can be packed");
    out
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    bzip2::read::BzEncoder::new(bytes, bzip2::Compression::fast())
        .read_to_end(&mut out)
        .expect("bytes can be packed");
    out
}

/// Two frames, as parallel compressors write them.
fn zstd(bytes: &[u8]) -> Vec<u8> {
    let (head, tail) = bytes.split_at(bytes.len() / 2);
    let pack = |part: &[u8]| {
        ruzstd::encoding::compress_to_vec(part, ruzstd::encoding::CompressionLevel::Fastest)
    };
    [pack(head), pack(tail)].concat()
}

fn report(bundle: &Bundle) -> Report {
    unready::diagnose(bundle, &BOOK).expect("the built-in patterns can be matched").report
}

fn of(name: &str, bytes: Vec<u8>) -> Report {
    report(&bundle::of_texts(name, [(name.to_string(), bytes)]))
}

/// What a report says, without the paths of its evidence.
fn said(report: &Report) -> Vec<(String, String, usize)> {
    report
        .diagnoses
        .iter()
        .map(|d| (d.rule.clone(), d.title.clone(), d.explains.iter().map(|c| c.count).sum()))
        .collect()
}

#[test]
fn the_incident_is_the_same_in_every_container() {
    let files = files_of("one-half-ready");
    let wanted = said(&report_on("one-half-ready"));
    assert_eq!(wanted.len(), 1);
    let tar = tar(&files);
    let inner = zip(&files);
    let containers = [
        ("t.tar", tar.clone()),
        ("t.tgz", gzip(&tar)),
        ("t.tar.xz", xz(&tar)),
        ("t.tar.bz2", bzip2(&tar)),
        ("t.tar.zst", zstd(&tar)),
        ("t.zip", inner.clone()),
        ("t.zip", zip(&vec![("ticket/inner.zip".to_string(), inner)])),
        // Names lie.
        ("t.txt", gzip(&tar)),
    ];
    for (name, bytes) in containers {
        let report = of(name, bytes);
        assert_eq!(said(&report), wanted, "{name}");
        assert!(report.issues.is_empty(), "{name}: {:?}", report.issues);
    }
}

#[test]
fn evidence_names_the_way_through_archives() {
    let inner = zip(&files_of("one-half-ready"));
    let report = of("ticket.zip", zip(&vec![("nodes/n1.zip".to_string(), inner)]));
    let files: Vec<&str> =
        report.diagnoses[0].evidence.iter().filter_map(|e| e.file.as_deref()).collect();
    assert!(files.contains(&"ticket.zip!nodes/n1.zip!services.yaml"), "{files:?}");
}

#[test]
fn a_compressed_log_is_read_with_its_own_line_numbers() {
    let packed = |(path, bytes): (String, Vec<u8>)| match path.ends_with(".log") {
        true => (format!("{path}.gz"), gzip(&bytes)),
        false => (path, bytes),
    };
    let files: Files = files_of("one-half-ready").into_iter().map(packed).collect();
    let report = report(&bundle::of_texts("t", files));
    assert_eq!(said(&report), said(&report_on("one-half-ready")));
    let line = report.diagnoses[0].explains[0].evidence[0].line;
    assert_eq!(line, report_on("one-half-ready").diagnoses[0].explains[0].evidence[0].line);
}

#[test]
fn what_leads_out_of_an_archive_is_told_and_not_read() {
    let hostile = [
        (tar_of("../../etc/passwd", tar::EntryType::Regular, ""), "a name that leads out"),
        (tar_of("/etc/passwd", tar::EntryType::Regular, ""), "a name that leads out"),
        (tar_of("a/link", tar::EntryType::Symlink, "/etc/passwd"), "a link out of the archive"),
        (tar_of("a/link", tar::EntryType::Symlink, "../../passwd"), "a link out of the archive"),
        (tar_of("disk", tar::EntryType::Block, ""), "neither file nor folder"),
        (tar_of("pipe", tar::EntryType::Fifo, ""), "neither file nor folder"),
    ];
    for (bytes, why) in hostile {
        let report = of("t.tar", bytes);
        assert!(
            report.issues.iter().any(|issue| issue.message.contains(why)),
            "{why}: {:?}",
            report.issues
        );
    }
    // A link to a sibling is a second name, and no trouble.
    assert!(of("t.tar", tar_of("a/link", tar::EntryType::Symlink, "other")).issues.is_empty());
}

#[test]
fn a_truncated_archive_is_read_as_far_as_it_goes() {
    let whole = gzip(&tar(&files_of("one-half-ready")));
    let report = of("t.tgz", whole[..whole.len() * 9 / 10].to_vec());
    assert!(report.coverage.read > 3, "{:?}", report.coverage.read);
    assert!(!report.issues.is_empty());
}

#[test]
fn of_two_members_with_one_name_the_later_one_counts() {
    let pod = |ready: &str| {
        format!(
            "NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE\nshop        web-0   {ready}     Running   0          5m\n"
        )
    };
    let twice = vec![
        ("pods.txt".to_string(), pod("0/1").into_bytes()),
        ("pods.txt".to_string(), pod("1/1").into_bytes()),
    ];
    let report = of("t.tar", tar(&twice));
    assert!(report.unexplained.is_empty(), "{:?}", report.unexplained);
    assert!(
        report.issues.iter().any(|issue| issue.message.contains("stands twice")),
        "{:?}",
        report.issues
    );
}

#[test]
fn a_bomb_is_stopped() {
    let zeros = vec![0u8; 80 << 20];
    let report = of("bomb.gz", gzip(&gzip(&zeros)));
    assert!(
        report.issues.iter().any(|issue| issue.message.contains("times its size")),
        "{:?}",
        report.issues
    );
}

#[test]
fn limits_are_told_when_they_are_reached() {
    let files: Files =
        (0..20).map(|n| (format!("f{n}.txt"), b"nameserver 10.0.0.1\n".to_vec())).collect();
    let with = |limits: Limits| {
        report(&bundle::of_texts("t", [("t.tar".to_string(), tar(&files))]).within(limits))
    };
    let few = with(Limits { entries: 5, ..Limits::default() });
    assert_eq!(few.coverage.read, 5);
    assert!(
        few.issues.iter().any(|issue| issue.message.contains("more than 5 files")),
        "{:?}",
        few.issues
    );
    let small = with(Limits { bytes: 45, ..Limits::default() });
    assert!(
        small.issues.iter().any(|issue| issue.message.contains("larger than the limit")),
        "{:?}",
        small.issues
    );
    let nested = zip(&vec![("a.zip".to_string(), zip(&vec![("b.zip".to_string(), zip(&files))]))]);
    let shallow = report(
        &bundle::of_texts("t", [("t.zip".to_string(), nested)])
            .within(Limits { depth: 2, ..Limits::default() }),
    );
    assert!(
        shallow.issues.iter().any(|issue| issue.message.contains("nested deeper")),
        "{:?}",
        shallow.issues
    );
}

#[test]
fn random_bytes_in_archives_make_nothing_panic() {
    let whole = gzip(&tar(&files_of("one-half-ready")));
    let zipped = zip(&files_of("one-half-ready"));
    for seed in 0..60u64 {
        for source in [&whole, &zipped] {
            let mut bytes = source.clone();
            let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
            for _ in 0..8 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let at = (state as usize) % bytes.len();
                bytes[at] ^= (state >> 32) as u8;
            }
            of("broken", bytes);
        }
    }
}

/// A cluster's captures, told apart from another's by the uid of kube-system.
fn cluster(folder: &str, uid: &str, nameserver: &str, dns: &str) -> Files {
    let objects = format!(
        "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Namespace\n  metadata:\n    name: kube-system\n    uid: {uid}\n\
         - apiVersion: v1\n  kind: Service\n  metadata:\n    name: kubernetes\n    namespace: default\n  spec:\n    clusterIP: 10.96.0.1\n\
         - apiVersion: v1\n  kind: Service\n  metadata:\n    name: kube-dns\n    namespace: kube-system\n  spec:\n    clusterIP: {dns}\n\
         - apiVersion: v1\n  kind: Service\n  metadata:\n    name: last\n    namespace: shop\n  spec:\n    clusterIP: 10.96.255.1\n\
         - apiVersion: v1\n  kind: Pod\n  metadata:\n    name: web-0\n    namespace: shop\n  spec:\n    containers:\n    - name: web\n  status:\n    phase: Running\n\
         kind: List\n"
    );
    vec![
        (format!("{folder}/objects.yaml"), objects.into_bytes()),
        (
            format!("{folder}/shop/web-0/resolv.conf"),
            format!("nameserver {nameserver}\n").into_bytes(),
        ),
    ]
}

#[test]
fn clusters_in_one_ticket_are_never_correlated() {
    let east = cluster("east", "11111111-0000-0000-0000-000000000000", "10.96.0.10", "10.96.0.10");
    let west = cluster("west", "22222222-0000-0000-0000-000000000000", "10.96.9.9", "10.96.9.9");
    let both = report(&bundle::of_texts("ticket", [east, west].concat()));
    assert!(both.diagnoses.is_empty(), "{:?}", said(&both));
    // One of them alone is at fault, and is named.
    let east = cluster("east", "11111111-0000-0000-0000-000000000000", "10.96.0.10", "10.96.7.7");
    let west = cluster("west", "22222222-0000-0000-0000-000000000000", "10.96.0.10", "10.96.0.10");
    let report = report(&bundle::of_texts("ticket", [east, west].concat()));
    let causes: Vec<_> =
        report.diagnoses.iter().map(|d| (d.cluster.as_deref(), d.rule.as_str())).collect();
    assert_eq!(causes, [(Some("east"), "cluster-dns-address-changed")]);
}

#[test]
fn a_file_for_each_node_does_not_make_a_cluster_of_each() {
    let node = |name: &str| {
        format!("apiVersion: v1\nkind: Node\nmetadata:\n  name: {name}\nspec: {{}}\n").into_bytes()
    };
    let list = |name: &str| {
        let of = "apiVersion: v1\nkind: NodeList\nmetadata: {resourceVersion: \"7\"}\nitems:\n- metadata:\n    name: ";
        format!("{of}{name}\n").into_bytes()
    };
    let clusters = |files: [(&str, Vec<u8>); 2]| {
        let files = files.map(|(path, text)| (path.to_string(), text));
        let bundle = bundle::of_texts("ticket", files);
        unready::diagnose(&bundle, &BOOK)
            .expect("the built-in patterns can be matched")
            .clusters
            .len()
    };
    assert_eq!(clusters([("nodes/n1.yaml", node("n1")), ("nodes/n2.yaml", node("n2"))]), 1);
    assert_eq!(clusters([("a/nodes.yaml", list("n1")), ("b/nodes.yaml", list("n2"))]), 2);
}
