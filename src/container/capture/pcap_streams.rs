//! What was sent in each direction between two programs.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::ControlFlow;

use etherparse::{IpNumber, LaxNetSlice, TcpSlice, UdpSlice};

use super::pcap_http::bodies;
use super::pcap_packet::{Fragmented, Fragments, Origin, Packet, ip, network};
use super::pcap_stream::Stream;
use crate::container::bytes::Entries;
use crate::container::{Limits, Members, Unread};

/// Bytes that a stream which was given early begins with again, so that nothing is
/// cut in two.
const OVERLAP: usize = 1024;
/// What one connection costs besides its bytes, roughly.
const STREAM_COST: usize = 512;
/// Packets in packets.
const DEEPEST: u8 = 4;

/// Packets of which nothing was given.
#[derive(Default)]
pub struct LeftOut {
    /// They were not captured whole.
    pub cut: u64,
    fragments: u64,
    link_types: BTreeMap<u32, u64>,
    /// They can't be read.
    pub other: u64,
}

impl LeftOut {
    /// Reports them.
    pub fn report(&self, members: &mut dyn Members) {
        let damaged = [
            (self.cut, "packets were not captured whole"),
            (self.fragments, "fragments of IP packets lack others"),
            (self.other, "packets can't be read"),
        ];
        for (count, what) in damaged.iter().filter(|(count, _)| *count > 0) {
            members.unread(b"", Unread::Damaged(format!("{count} {what}")));
        }
        for (link_type, count) in &self.link_types {
            let why = format!("{count} packets of link type {link_type}");
            members.unread(b"", Unread::Unsupported(why));
        }
    }
}

/// A direction between two programs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Direction {
    is_tcp: bool,
    from: SocketAddr,
    to: SocketAddr,
}

/// What was sent in each direction.
pub struct Streams {
    numbers: BTreeMap<Direction, usize>,
    /// In the order in which they began.
    streams: Vec<(Direction, Stream)>,
    /// Bytes that all of them keep.
    size: usize,
    most: usize,
    pub entries: Entries,
    fragments: Fragments,
    pub left_out: LeftOut,
}

impl Streams {
    /// None up to now.
    pub fn new(limits: &Limits) -> Streams {
        Streams {
            numbers: BTreeMap::new(),
            streams: Vec::new(),
            size: 0,
            most: limits.memory / 4,
            entries: Entries::new(limits),
            fragments: Fragments::default(),
            left_out: LeftOut::default(),
        }
    }

    /// Takes a packet with what its link type puts before it.
    pub fn take_packet(
        &mut self,
        link_type: u32,
        packet: &[u8],
        members: &mut dyn Members,
    ) -> ControlFlow<()> {
        match network(link_type, packet) {
            Some(Some(packet)) => self.take_ip(&packet, DEEPEST, members),
            Some(None) => ControlFlow::Continue(()),
            None => {
                *self.left_out.link_types.entry(link_type).or_default() += 1;
                ControlFlow::Continue(())
            }
        }
    }

    fn take_ip(
        &mut self,
        packet: &LaxNetSlice<'_>,
        depth: u8,
        members: &mut dyn Members,
    ) -> ControlFlow<()> {
        let Some(packet) = Packet::of(packet) else {
            return ControlFlow::Continue(());
        };
        if !packet.is_fragment {
            return self.take_payload(&packet.origin, packet.payload, depth, members);
        }
        match self.fragments.take(&packet) {
            Some(packet) => self.take_fragmented(&packet, depth, members),
            None => ControlFlow::Continue(()),
        }
    }

    /// Takes a packet whose fragments are put together, or what is known of it.
    fn take_fragmented(
        &mut self,
        packet: &Fragmented,
        depth: u8,
        members: &mut dyn Members,
    ) -> ControlFlow<()> {
        if !packet.is_whole {
            self.left_out.fragments += packet.count;
        }
        match packet.payload() {
            [] => ControlFlow::Continue(()),
            payload => self.take_payload(&packet.origin, payload, depth, members),
        }
    }

    fn take_payload(
        &mut self,
        origin: &Origin,
        payload: &[u8],
        depth: u8,
        members: &mut dyn Members,
    ) -> ControlFlow<()> {
        match origin.number {
            IpNumber::TCP => self.take_segment(origin, payload, members),
            IpNumber::UDP => self.take_datagram(origin, payload, members),
            IpNumber::IPV4 | IpNumber::IPV6 if depth > 1 => match ip(payload) {
                Some(packet) => self.take_ip(&packet, depth - 1, members),
                None => ControlFlow::Continue(()),
            },
            _ => ControlFlow::Continue(()),
        }
    }

    fn take_segment(
        &mut self,
        origin: &Origin,
        payload: &[u8],
        members: &mut dyn Members,
    ) -> ControlFlow<()> {
        let Ok(segment) = TcpSlice::from_slice(payload) else {
            self.left_out.other += 1;
            return ControlFlow::Continue(());
        };
        let (is_first, content) = (segment.syn(), segment.payload());
        let sequence = segment.sequence_number();
        if content.is_empty() && !is_first {
            return ControlFlow::Continue(());
        }
        let direction = Direction {
            is_tcp: true,
            from: SocketAddr::new(origin.from, segment.source_port()),
            to: SocketAddr::new(origin.to, segment.destination_port()),
        };
        let number = self.number(direction, members)?;
        if is_first && self.stream(number).is_restart(sequence) {
            self.finish(number, members)?;
        }
        self.change(number, |stream| {
            if is_first {
                stream.begin(sequence);
            }
            // The beginning of a connection counts as one byte.
            stream.take(sequence.wrapping_add(u32::from(is_first)), content);
        });
        self.make_room(members)
    }

    fn take_datagram(
        &mut self,
        origin: &Origin,
        payload: &[u8],
        members: &mut dyn Members,
    ) -> ControlFlow<()> {
        let Ok(datagram) = UdpSlice::from_slice_lax(payload) else {
            self.left_out.other += 1;
            return ControlFlow::Continue(());
        };
        let direction = Direction {
            is_tcp: false,
            from: SocketAddr::new(origin.from, datagram.source_port()),
            to: SocketAddr::new(origin.to, datagram.destination_port()),
        };
        let number = self.number(direction, members)?;
        self.change(number, |stream| stream.take_datagram(datagram.payload()));
        self.make_room(members)
    }

    /// The number of a direction's stream, which may begin now.
    fn number(
        &mut self,
        direction: Direction,
        members: &mut dyn Members,
    ) -> ControlFlow<(), usize> {
        if let Some(number) = self.numbers.get(&direction) {
            return ControlFlow::Continue(*number);
        }
        if self.streams.len() >= self.most / STREAM_COST {
            self.give_all(members)?;
        }
        let number = self.streams.len();
        self.numbers.insert(direction, number);
        self.streams.push((direction, Stream::default()));
        ControlFlow::Continue(number)
    }

    fn stream(&mut self, number: usize) -> &mut Stream {
        &mut self.streams[number].1
    }

    fn change(&mut self, number: usize, change: impl FnOnce(&mut Stream)) {
        let stream = self.stream(number);
        let before = stream.size();
        change(stream);
        let after = stream.size();
        self.size = self.size + after - before;
    }

    /// Gives the longest streams while all of them keep too much.
    fn make_room(&mut self, members: &mut dyn Members) -> ControlFlow<()> {
        if self.size <= self.most {
            return ControlFlow::Continue(());
        }
        let mut sizes: Vec<_> = (0..)
            .zip(&self.streams)
            .map(|(number, (_, stream))| (stream.size(), number))
            .collect();
        sizes.sort_unstable_by_key(|(size, number)| (usize::MAX - size, *number));
        for (size, number) in sizes {
            if self.size <= self.most / 2 {
                break;
            }
            self.change(number, Stream::finish);
            self.give(number, OVERLAP.min(size / 16), members)?;
        }
        ControlFlow::Continue(())
    }

    /// Gives a stream whose connection has ended.
    fn finish(&mut self, number: usize, members: &mut dyn Members) -> ControlFlow<()> {
        self.change(number, Stream::finish);
        let flow = self.give(number, 0, members);
        self.streams[number].1 = Stream::default();
        flow
    }

    /// Gives what is left.
    pub fn end(&mut self, members: &mut dyn Members) -> ControlFlow<()> {
        while let Some(packet) = self.fragments.pop() {
            self.take_fragmented(&packet, DEEPEST, members)?;
        }
        self.give_all(members)
    }

    fn give_all(&mut self, members: &mut dyn Members) -> ControlFlow<()> {
        for number in 0..self.streams.len() {
            self.change(number, Stream::finish);
            self.give(number, 0, members)?;
        }
        self.streams.clear();
        self.numbers.clear();
        self.size = 0;
        ControlFlow::Continue(())
    }

    /// Gives what a stream has in order.
    fn give(&mut self, number: usize, kept: usize, members: &mut dyn Members) -> ControlFlow<()> {
        let mut part = (0, Vec::new());
        self.change(number, |stream| part = stream.give(kept));
        let (start, bytes) = part;
        let (Direction { is_tcp, from, to }, stream) = &self.streams[number];
        let missing = stream.missing();
        if bytes.is_empty() {
            return ControlFlow::Continue(());
        }
        let protocol = if *is_tcp { "tcp" } else { "udp" };
        let mut name = format!("{protocol} {from} > {to}");
        if start > 0 {
            name = format!("{name} from byte {start}");
        }
        self.entries.count(members)?;
        if missing > 0 {
            let why = format!("{missing} bytes are not in the capture");
            members.unread(name.as_bytes(), Unread::Damaged(why));
        }
        members.member(name.as_bytes(), &mut &bytes[..])?;
        if !is_tcp {
            return ControlFlow::Continue(());
        }
        for (count, body) in (1..).zip(bodies(&bytes)) {
            let ending = match &body.coding[..] {
                "" => String::new(),
                "gzip" | "x-gzip" => ".gz".to_owned(),
                "zstd" => ".zst".to_owned(),
                "deflate" => ".zz".to_owned(),
                other => format!(".{}", other.get(..20).unwrap_or("unknown")),
            };
            let name = format!("{name} body {count}{ending}");
            members.member(name.as_bytes(), &mut &body.bytes[..])?;
        }
        ControlFlow::Continue(())
    }
}
